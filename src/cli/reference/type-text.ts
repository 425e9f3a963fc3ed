/** A JSON Schema as a TypeScript type: shorter to read. */

/** The part of JSON Schema that zod writes. */
export interface JsonSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly unknown[];
}

export function typeText(schema: JsonSchema, indent = ''): string {
  const inner = (part: unknown): string => typeText(part as JsonSchema, indent);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(' | ');
  if (schema.anyOf) return schema.anyOf.map(inner).join(' | ');
  if (schema.type === 'array') return listText(inner(schema.items ?? {}));
  if (schema.type === 'object') return objectText(schema, indent);
  return [schema.type ?? 'unknown'].flat().map(nameOf).join(' | ');
}

const nameOf = (type: unknown): string => names[String(type)] ?? String(type);

const names: Readonly<Record<string, string>> = { integer: 'number' };

const listText = (item: string): string => (/^["\w]+ \|/.test(item) ? `(${item})[]` : `${item}[]`);

function objectText(schema: JsonSchema, indent: string): string {
  const { properties, required = [], additionalProperties } = schema;
  if (properties === undefined) {
    const value = typeText((additionalProperties ?? {}) as JsonSchema, indent);
    return `Record<string, ${value}>`;
  }
  const deeper = `${indent}  `;
  const lines = Object.entries(properties).map(([name, part]) => {
    const mark = required.includes(name) ? '' : '?';
    return `${deeper}${name}${mark}: ${typeText(part as JsonSchema, deeper)};`;
  });
  return ['{', ...lines, `${indent}}`].join('\n');
}
