/** What a request of the query protocol lacks or has too much, by the models that AWS publishes: botocore's. */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { botocoreFile } from './moto.ts';

interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, Reference>>;
  readonly member?: Reference;
  readonly flattened?: boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

interface Reference {
  readonly shape: string;
  readonly locationName?: string;
  readonly queryName?: string;
}

export interface Model {
  readonly metadata: { readonly protocol: string };
  readonly operations: Readonly<Record<string, { readonly input?: Reference }>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

const versions = { rds: '2014-10-31', ec2: '2016-11-15' } as const;
export type Service = keyof typeof versions;
export const isService = (name: string): name is Service => Object.hasOwn(versions, name);

const models = new Map<Service, Promise<Model>>();

export function modelOf(service: Service): Promise<Model> {
  const model = models.get(service) ?? load(service);
  models.set(service, model);
  return model;
}

async function load(service: Service): Promise<Model> {
  const file = await botocoreFile(`${service}/${versions[service]}/service-2.json.gz`);
  return JSON.parse((await promisify(gunzip)(await readFile(file))).toString());
}

/** Empty where AWS would understand it. */
export function problemsOf(model: Model, action: string, parameters: URLSearchParams): string[] {
  const operation = model.operations[action];
  if (operation === undefined) return [`there is no operation ${action}`];
  const given = new Map(
    [...parameters].filter(([name]) => name !== 'Action' && name !== 'Version'),
  );
  const walk: Walk = { model, given, known: new Set(), problems: [] };
  if (operation.input !== undefined) look(walk, operation.input, '');
  const unknown = [...given.keys()].filter((name) => !walk.known.has(name));
  return [...walk.problems, ...unknown.map((name) => `${action} has no ${name}`)];
}

interface Walk {
  readonly model: Model;
  readonly given: ReadonlyMap<string, string>;
  readonly known: Set<string>;
  readonly problems: string[];
}

function look(walk: Walk, { shape: name }: Reference, path: string): void {
  const shape = walk.model.shapes[name];
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  if (shape.type === 'structure') lookAtMembers(walk, shape, path);
  else if (shape.type === 'list') lookAtList(walk, shape, path);
  else lookAtValue(walk, shape, path);
}

function lookAtMembers(walk: Walk, { members = {}, required = [] }: Shape, path: string): void {
  for (const [member, reference] of Object.entries(members)) {
    const key = joined(path, keyOf(walk.model, member, reference));
    if (isGiven(walk, key)) look(walk, reference, key);
    else if (required.includes(member)) walk.problems.push(`${key} is required`);
  }
}

/** EC2 has names of its own for the query: https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html */
function keyOf(
  { metadata }: Model,
  member: string,
  { locationName, queryName }: Reference,
): string {
  if (metadata.protocol !== 'ec2') return locationName ?? member;
  const name = queryName ?? locationName ?? member;
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function lookAtList(walk: Walk, { member, flattened }: Shape, path: string): void {
  if (member === undefined) throw new Error(`a list without members at ${path}`);
  const flat = flattened === true || walk.model.metadata.protocol === 'ec2';
  const items = flat ? path : `${path}.${member.locationName ?? 'member'}`;
  walk.known.add(path);
  for (let index = 1; isGiven(walk, `${items}.${index}`); index++) {
    look(walk, member, `${items}.${index}`);
  }
}

function lookAtValue(walk: Walk, shape: Shape, path: string): void {
  const value = walk.given.get(path) ?? '';
  walk.known.add(path);
  const wrong = wrongWith(shape, value);
  if (wrong !== undefined) walk.problems.push(`${path}=${value}: ${wrong}`);
}

function wrongWith(shape: Shape, value: string): string | undefined {
  const { type, enum: values, pattern, min = -Infinity, max = Infinity } = shape;
  const form = forms[type];
  const size = type === 'string' ? value.length : Number(value);
  const rules: readonly (readonly [boolean, string])[] = [
    [form !== undefined && !form.test(value), `no ${type}`],
    [values !== undefined && !values.includes(value), `none of ${values?.join(', ')}`],
    [pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value), `not ${pattern}`],
    [size < min || size > max, `not within ${min} and ${max}`],
  ];
  return rules.find(([wrong]) => wrong)?.[1];
}

const forms: Readonly<Record<string, RegExp>> = {
  boolean: /^(true|false)$/,
  integer: /^-?\d+$/,
  long: /^-?\d+$/,
};

const isGiven = ({ given }: Walk, key: string): boolean =>
  given.has(key) || [...given.keys()].some((name) => name.startsWith(`${key}.`));

const joined = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
