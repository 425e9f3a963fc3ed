/** What another template would change, in words: who starts when, who may do what, what runs where. */
import { isDeepStrictEqual } from 'node:util';

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

export interface TemplateResource {
  readonly Type: string;
  /** Absent where a resource has none. */
  readonly Properties: Readonly<Record<string, unknown>>;
}

type Properties = Readonly<Record<string, unknown>>;

/** One line for each resource that is added (`+`), removed (`-`) or changed (`~`); none where all is equal. */
export function changesBetween(before: Template, after: Template): string[] {
  const ids = [...new Set([...Object.keys(before.Resources), ...Object.keys(after.Resources)])];
  const lines = ids.flatMap((id) => change(id, before.Resources[id], after.Resources[id]));
  return lines.toSorted((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
}

function change(
  id: string,
  before: TemplateResource | undefined,
  after: TemplateResource | undefined,
): string[] {
  const kind = kinds[(after ?? before)?.Type ?? ''] ?? other;
  if (kind === ignored) return [];
  if (before === undefined) return [`+ ${kind.name(id, after)}`];
  if (after === undefined) return [`- ${kind.name(id, before)}`];
  const [was, is] = [before.Properties ?? {}, after.Properties ?? {}];
  if (isDeepStrictEqual(was, is)) return [];
  const details = kind.details(was, is);
  return details.length === 0 ? [] : [`~ ${kind.name(id, after)}: ${details.join('; ')}`];
}

interface Kind {
  name(id: string, resource: TemplateResource | undefined): string;
  details(before: Properties, after: Properties): string[];
}

/** Properties that differ, with their values where these are short. */
function fields(before: Properties, after: Properties): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => !isDeepStrictEqual(before[name], after[name]))
    .map((name) => `${name}${values(before[name], after[name])}`);
}

function values(before: unknown, after: unknown): string {
  const [was, is] = [shown(before), shown(after)];
  return was === undefined || is === undefined ? '' : ` ${was} → ${is}`;
}

function shown(value: unknown): string | undefined {
  if (value === undefined) return 'none';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length <= 60 ? text : undefined;
}

const text = (resource: TemplateResource | undefined, property: string): string =>
  String(resource?.Properties?.[property] ?? '');

const other: Kind = {
  name: (id, resource) => `${resource?.Type.split('::').slice(1).join(' ')} ${id}`,
  details: fields,
};

/** Its name is a hash of what it holds: the function says so. */
const ignored: Kind = { name: () => '', details: () => [] };

const schedule: Kind = {
  name: (_id, resource) => `schedule ${text(resource, 'Description')}`,
  details: fields,
};

const named = (word: string, property: string): Kind => ({
  name: (id, resource) => `${word} ${text(resource, property) || id}`,
  details: fields,
});

const task: Kind = {
  name: (_id, resource) => `task ${text(resource, 'Family')}`,
  details: (before, after) => [
    ...fields(without(before, 'ContainerDefinitions'), without(after, 'ContainerDefinitions')),
    ...fields(container(before), container(after)),
  ],
};

function container({ ContainerDefinitions }: Properties): Properties {
  const [first = {}] = (ContainerDefinitions ?? []) as Properties[];
  const environment = ((first['Environment'] ?? []) as { Name: string; Value: unknown }[]).map(
    ({ Name, Value }) => [Name, Value] as const,
  );
  return { ...without(first, 'Environment'), ...short(Object.fromEntries(environment)) };
}

const func: Kind = {
  name: (_id, resource) => `function ${text(resource, 'FunctionName')}`,
  details: (before, after) => [
    ...fields(
      without(without(before, 'Code'), 'Environment'),
      without(without(after, 'Code'), 'Environment'),
    ),
    ...fields(short(variables(before)), short(variables(after))),
  ],
};

const variables = ({ Environment }: Properties): Properties =>
  ((Environment as { Variables?: Properties } | undefined)?.Variables ?? {}) as Properties;

/** `s3://bucket/config/<sha256>.json` by its first digits. */
const short = (environment: Properties): Properties =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      typeof value === 'string'
        ? value.replace(/^.*\/config\/([0-9a-f]{8})[0-9a-f]*\.json$/, '$1')
        : value,
    ]),
  );

function without(properties: Properties, name: string): Properties {
  const { [name]: _, ...rest } = properties;
  return rest;
}

const role: Kind = {
  name: (_id, resource) => `role ${text(resource, 'RoleName')}`,
  details: (before, after) => {
    const [was, is] = [permissionsOf(before), permissionsOf(after)];
    return [
      ...few(
        'may also',
        is.filter((one) => !was.includes(one)),
      ),
      ...few(
        'may no longer',
        was.filter((one) => !is.includes(one)),
      ),
      ...fields(without(before, 'Policies'), without(after, 'Policies')),
    ];
  },
};

const machine: Kind = {
  name: (_id, resource) => `state machine ${text(resource, 'StateMachineName')}`,
  details: (before, after) =>
    fields(before, after).map((field) => {
      if (field.startsWith('DefinitionSubstitutions')) return 'calls other versions';
      return field.startsWith('Definition') ? 'another definition' : field;
    }),
};

const most = 6;

function few(verb: string, permissions: readonly string[]): string[] {
  if (permissions.length === 0) return [];
  const named = permissions.slice(0, most).join(', ');
  const more = permissions.length > most ? ` and ${permissions.length - most} more` : '';
  return [`${verb} ${named}${more}`];
}

interface Policy {
  readonly PolicyDocument: {
    readonly Statement: readonly { readonly Action: unknown; readonly Resource: unknown }[];
  };
}

/** `s3:PutObject sets/orders/*`: each action with each resource. */
function permissionsOf({ Policies }: Properties): string[] {
  const statements = ((Policies ?? []) as Policy[]).flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  );
  return statements.flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((on) => `${action} ${place(on)}`)),
  );
}

/** The last part of an ARN says enough. */
function place(resource: unknown): string {
  if (typeof resource === 'string') return resource.split(':').at(-1) ?? resource;
  const { 'Fn::Sub': sub, 'Fn::GetAtt': attribute, Ref } = resource as Record<string, unknown>;
  if (typeof sub === 'string') return sub.replace(/^arn:(([^:{]|\{[^}]*\})*:){4}/, '');
  return String(Array.isArray(attribute) ? attribute[0] : Ref);
}

const kinds: Readonly<Record<string, Kind>> = {
  'AWS::Scheduler::Schedule': schedule,
  'AWS::IAM::Role': role,
  'AWS::ECS::TaskDefinition': task,
  'AWS::Lambda::Function': func,
  'AWS::Lambda::Version': ignored,
  'AWS::StepFunctions::StateMachine': machine,
  'AWS::Events::Rule': named('event rule', 'Name'),
  'AWS::S3::Bucket': named('bucket', 'BucketName'),
  'AWS::CloudWatch::Alarm': named('alarm', 'AlarmName'),
};
