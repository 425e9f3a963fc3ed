/** What is allowed at a path, read from the JSON Schema of the configuration. */
import { isMapping } from './overlay.ts';
import type { Path } from './place.ts';

/** The part of JSON Schema that zod writes. */
export interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Shape | boolean;
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string;
}

export const optionsOf = (shape: Shape): readonly Shape[] => shape.anyOf ?? shape.oneOf ?? [];

/** The shape at `path`, following in every union the option that fits `value`. */
export function shapeAt(root: Shape, path: Path, value: unknown): Shape {
  let shape = settle(root, value);
  let current = value;
  for (const element of path) {
    current = isMapping(current)
      ? current[element]
      : (current as unknown[] | undefined)?.[Number(element)];
    shape = settle(childShape(shape, element), current);
  }
  return shape;
}

/** What stands under one key or index of `shape`; nothing is known of a place it does not name. */
export function childShape(shape: Shape, element: string | number): Shape {
  const named = shape.properties?.[element] ?? shape.items;
  if (named !== undefined) return named;
  return typeof shape.additionalProperties === 'object' ? shape.additionalProperties : {};
}

/** The option of a union that `value` means; the union itself where none does. */
function settle(shape: Shape, value: unknown): Shape {
  const index = optionFor(shape, value);
  return optionsOf(shape)[index ?? -1] ?? shape;
}

/** Options are told apart by a constant (`engine: files`), else by their first required key. */
export function optionFor(union: Shape, value: unknown): number | undefined {
  if (!isMapping(value)) return undefined;
  const index = optionsOf(union).findIndex((option) => {
    const constant = constantOf(option);
    if (constant !== undefined) return value[constant.key] === constant.value;
    const mark = option.required?.[0];
    return mark !== undefined && value[mark] !== undefined;
  });
  return index < 0 ? undefined : index;
}

export function constantOf(option: Shape): { key: string; value: unknown } | undefined {
  for (const [key, shape] of Object.entries(option.properties ?? {})) {
    if (shape.const !== undefined) return { key, value: shape.const };
  }
  return undefined;
}

/** The words that may stand where a mapping's key, an enumeration or a constant is expected. */
export const keysOf = (shape: Shape): string[] => Object.keys(shape.properties ?? {});
