/** One role for each function, task and state machine. */
import { bucketLocation } from '../../src/core/bucket-location.ts';
import type { Config } from '../../src/core/config/schema.ts';
import { type MachineName, machineNames } from '../../src/core/contracts/machines.ts';
import { UsageError } from '../../src/core/errors.ts';
import { layout } from '../../src/core/layout.ts';
import { type Access, access, type GroupRole, groupAccess, type SharedRole } from './access.ts';
import { type Group, groupRoleId, groupRoleName, groupsOf, groupTasks } from './groups.ts';
import { machineAccess, machineStatements } from './machine-roles.ts';
import { mountStatements, mountsOf } from './mounts.ts';
import { pascal, sub } from './names.ts';
import type { Resource, Resources } from './resource.ts';
import { restoreBucketStatements, sourceBucketStatements } from './source-buckets.ts';
import { type Statement, statementsOf } from './statements.ts';

export const functionNames = ['plan', 'verify', 'retain', 'notify', 'health'] as const;
const sharedTasks = ['copy', 'read'] as const;
/** IAM's limit for the inline policies of one role; white space does not count. */
const largestPolicy = 10_240;

export function roleResources(stage: string, config: Config): Resources {
  const groups = groupsOf(config);
  return {
    ...Object.fromEntries(functionNames.map((name) => functionRole(stage, name, config))),
    ...Object.fromEntries(sharedTasks.map((name) => sharedTaskRole(stage, name, config))),
    ...Object.fromEntries(
      groups.flatMap((group) =>
        groupTasks.map((task) => groupRole(stage, task, { group, config })),
      ),
    ),
    ...Object.fromEntries(machineNames.map((name) => machineRole(stage, name, { groups, config }))),
  };
}

function functionRole(stage: string, name: SharedRole, config: Config) {
  const logs: Statement = {
    Sid: 'WriteLogs',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: sub(
      `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/holdfast-${stage}-${name}:*`,
    ),
  };
  const statements = [logs, tracing, ...statementsOf(access[name], config, stage)];
  return [
    `${pascal(name)}FunctionRole`,
    role(`holdfast-${stage}-${name}`, trust('lambda.amazonaws.com'), statements),
  ] as const;
}

/** Traces know no resources: https://docs.aws.amazon.com/xray/latest/devguide/security_iam_id-based-policy-examples.html */
export const tracing: Statement = {
  Sid: 'Trace',
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  Resource: '*',
};

function sharedTaskRole(stage: string, name: 'copy' | 'read', config: Config) {
  const statements = statementsOf(access[name], config, stage);
  return [
    `${pascal(name)}TaskRole`,
    role(`holdfast-${stage}-${name}`, taskTrust, statements),
  ] as const;
}

function groupRole(
  stage: string,
  task: GroupRole,
  { group, config }: { readonly group: Group; readonly config: Config },
) {
  const mounts =
    task === 'drill' ? [] : mountStatements(mountsOf(config, group.sources), task === 'restore');
  const places = [...mounts, ...bucketStatements[task](config, group.sources)];
  const own = [...statementsOf(groupAccess[task](group), config, stage), ...places];
  const statements =
    sizeOf(own) <= largestPolicy ? own : [...widened(stage, task, { group, config }), ...places];
  return [
    groupRoleId(task, group.name),
    role(groupRoleName(stage, task, group.name), taskTrust, statements),
  ] as const;
}

/** A drill restores into its scratch space. */
const bucketStatements = {
  dump: sourceBucketStatements,
  restore: restoreBucketStatements,
  drill: () => [],
} as const satisfies Record<GroupRole, (config: Config, names: readonly string[]) => Statement[]>;

const sizeOf = (statements: readonly Statement[]): number =>
  JSON.stringify(statements).length + 200;

/** A group that is too large to name its sources one by one: all sources, and secrets by prefix. */
function widened(
  stage: string,
  task: GroupRole,
  { group, config }: { readonly group: Group; readonly config: Config },
): Statement[] {
  const given: Access = groupAccess[task]({
    ...group,
    sources: ['*'],
    secrets: byFolder(group),
  });
  const keys = given.keys && { keys: { ...given.keys, open: 'all' as const } };
  return statementsOf({ ...given, ...keys }, config, stage);
}

/** `secretsmanager:db/a`, `secretsmanager:db/b` → `secretsmanager:db/*`. */
function byFolder({ name, secrets }: Group): string[] {
  const folders = secrets.map((secret) => /^\w+:.*[^/]\//.exec(secret)?.[0]);
  if (folders.includes(undefined)) throw tooLarge(name, secrets.length);
  return [...new Set(folders.map((folder) => `${folder}*`))];
}

function tooLarge(group: string, secrets: number): UsageError {
  return new UsageError(`The ${secrets} secrets of the group "${group}" do not fit into a policy`, {
    code: 'GROUP_TOO_LARGE',
    hint: 'Put them into a folder (databases/orders), or divide the sources by `deploy: { isolation: … }`.',
  });
}

function machineRole(
  stage: string,
  name: MachineName,
  { groups, config }: { readonly groups: readonly Group[]; readonly config: Config },
) {
  const around = { stage, groups, mounts: mountsOf(config), results: resultsOf(config) };
  const statements = machineStatements(machineAccess[name], around);
  return [
    `${pascal(name)}MachineRole`,
    role(`holdfast-${stage}-${name}-machine`, machineTrust(stage, name), statements),
  ] as const;
}

function resultsOf({ vault }: Config): string {
  const { bucket = '', prefix = '' } = bucketLocation(vault.primary.url) ?? {};
  return `${bucket}/${prefix}${layout.results}`;
}

export function role(name: string, assumedBy: object, statements: readonly Statement[]): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: name,
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [assumedBy] },
      Policies: [
        { PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } },
      ],
    },
  };
}

export const trust = (service: string, sourceArn?: string) => ({
  Effect: 'Allow',
  Principal: { Service: service },
  Action: 'sts:AssumeRole',
  ...(sourceArn !== undefined && {
    Condition: {
      StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      ArnLike: { 'aws:SourceArn': sub(sourceArn) },
    },
  }),
});

export const taskTrust = trust(
  'ecs-tasks.amazonaws.com',
  `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:*`,
);

export const machineTrust = (stage: string, name: string) =>
  trust(
    'states.amazonaws.com',
    `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:holdfast-${stage}-${name}`,
  );
