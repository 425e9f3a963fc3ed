/** A request held against the service's published model, which moto's own installation brings along (botocore). */
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly enum?: readonly string[];
  readonly max?: number;
  readonly pattern?: string;
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

let model: Promise<Model> | undefined;

async function readModel(): Promise<Model> {
  const cache = resolve(import.meta.dirname, '../../../.cache');
  const moto = (await readdir(cache)).find((name) => name.startsWith('moto-')) ?? '';
  const [python = ''] = await readdir(join(cache, moto, 'lib'));
  const folder = join(cache, moto, 'lib', python, 'site-packages/botocore/data/rds/2014-10-31');
  const packed = await readFile(join(folder, 'service-2.json.gz'));
  return JSON.parse((await promisify(gunzip)(packed)).toString());
}

/** Why the service would not take it; undefined where it would. */
export async function faultIn(
  action: string,
  parameters: URLSearchParams,
): Promise<string | undefined> {
  model ??= readModel();
  const { operations, shapes } = await model;
  const operation = operations[action];
  if (operation === undefined) return `there is no action ${action}`;
  const input = shapes[operation.input?.shape ?? ''];
  const given = [...parameters].filter(([name]) => name !== 'Action' && name !== 'Version');
  const firsts = given.map(([name]) => name.split('.')[0]);
  const missing = (input?.required ?? []).filter((name) => !firsts.includes(name));
  const faults = given.map(([name, value]) => {
    const [first = '', ...rest] = name.split('.');
    const shape = shapes[input?.members?.[first]?.shape ?? ''];
    if (shape === undefined) return `${action} knows no ${first}`;
    return rest.length > 0 ? undefined : faultOf(shape, value);
  });
  return [...missing.map((name) => `${action} needs ${name}`), ...faults].find(Boolean);
}

function faultOf(shape: Shape, value: string): string | undefined {
  if (shape.type === 'boolean' && !['true', 'false'].includes(value))
    return `${value} is no boolean`;
  if (shape.enum !== undefined && !shape.enum.includes(value))
    return `${value} is none of its values`;
  if (shape.max !== undefined && value.length > shape.max) return `${value} is too long`;
  if (shape.pattern !== undefined && !new RegExp(`^(?:${shape.pattern})$`).test(value))
    return `${value} does not match its pattern`;
  return undefined;
}
