/** What each state machine may start. */
import type { Mount } from '../../src/core/config/mount.ts';
import type { MachineName } from '../../src/core/contracts/machines.ts';
import type { GroupRole } from './access.ts';
import { type Group, groupRoleId, groupTasks } from './groups.ts';
import { familyOf, mountingTasks } from './mounts.ts';
import { arnOf, pascal, ref, sub, type Value } from './names.ts';
import type { Statement } from './statements.ts';

export interface MachineAccess {
  readonly functions: readonly string[];
  readonly tasks?: readonly string[];
  /** Nested executions. */
  readonly machines?: readonly string[];
  /** Reads its list of runs from the vault, and maps over it in executions of its own. */
  readonly distributed?: boolean;
}

export const machineAccess: Readonly<Record<MachineName, MachineAccess>> = {
  backup: { functions: ['plan', 'verify', 'retain', 'notify'], tasks: ['dump', 'copy'] },
  restore: { functions: ['plan', 'notify'], tasks: ['restore'] },
  drill: { functions: ['plan', 'notify'], tasks: ['drill'] },
  verify: { functions: ['verify', 'notify'], tasks: ['read'] },
  retain: { functions: ['retain', 'notify'] },
  health: { functions: ['health'] },
  scheduled: { functions: ['plan'], machines: ['backup', 'drill', 'retain'], distributed: true },
};

interface Surroundings {
  readonly stage: string;
  readonly groups: readonly Group[];
  readonly mounts: readonly Mount[];
  /** `bucket/prefix/results/`. */
  readonly results: string;
}

export function machineStatements(given: MachineAccess, around: Surroundings): Statement[] {
  return [
    invoke(given.functions),
    ...(given.tasks === undefined ? [] : taskStatements(given.tasks, around)),
    ...(given.machines === undefined ? [] : nestedStatements(given.machines, around)),
    ...(given.distributed === true ? distributedStatements(around) : []),
    logDelivery,
    machineTracing,
  ];
}

/** By version: the definition of an execution names the code that it began with. */
export const invoke = (functions: readonly string[]): Statement => ({
  Sid: 'InvokeFunctions',
  Effect: 'Allow',
  Action: 'lambda:InvokeFunction',
  Resource: functions.map((name) => sub(`\${${pascal(name)}LambdaFunction.Arn}:*`)),
});

const regional = (service: string, resource: string): Value =>
  sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`);

/**
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html: tasks cannot be named before
 * they run, so that stopping and describing is limited by the cluster instead.
 */
function taskStatements(tasks: readonly string[], around: Surroundings): Statement[] {
  const { stage, groups } = around;
  const inCluster = { ArnEquals: { 'ecs:cluster': arnOf('Cluster') } };
  return [
    {
      Sid: 'RunTasks',
      Effect: 'Allow',
      Action: 'ecs:RunTask',
      Resource: tasks
        .flatMap((task) => familiesOf(task, around))
        .map((family) => regional('ecs', `task-definition/${family}:*`)),
      Condition: inCluster,
    },
    {
      Sid: 'FollowTasks',
      Effect: 'Allow',
      Action: ['ecs:StopTask', 'ecs:DescribeTasks'],
      Resource: regional('ecs', `task/holdfast-${stage}/*`),
      Condition: inCluster,
    },
    {
      Sid: 'TagTasks',
      Effect: 'Allow',
      Action: 'ecs:TagResource',
      Resource: regional('ecs', `task/holdfast-${stage}/*`),
      Condition: { StringEquals: { 'ecs:CreateAction': 'RunTask' } },
    },
    {
      Sid: 'PassTaskRoles',
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: [arnOf('TaskExecutionRole'), ...tasks.flatMap((task) => rolesOf(task, groups))],
      Condition: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
    },
    followEvents('StepFunctionsGetEventsForECSTaskRule'),
  ];
}

function familiesOf(task: string, { stage, mounts }: Surroundings): string[] {
  const verb = mountingTasks.find((name) => name === task);
  const mounted = verb === undefined ? [] : mounts.map((mount) => familyOf(verb, stage, mount));
  return [`holdfast-${stage}-${task}`, ...mounted];
}

function rolesOf(task: string, groups: readonly Group[]): Value[] {
  const ofGroups = groupTasks.find((name): name is GroupRole => name === task);
  if (ofGroups === undefined) return [arnOf(`${pascal(task)}TaskRole`)];
  return groups.map(({ name }) => arnOf(groupRoleId(ofGroups, name)));
}

function nestedStatements(machines: readonly string[], { stage }: Surroundings): Statement[] {
  return [
    {
      Sid: 'StartExecutions',
      Effect: 'Allow',
      Action: 'states:StartExecution',
      Resource: machines.map((name) => ref(`${pascal(name)}Machine`)),
    },
    {
      Sid: 'FollowExecutions',
      Effect: 'Allow',
      Action: ['states:DescribeExecution', 'states:StopExecution'],
      Resource: machines.map((name) => regional('states', `execution:holdfast-${stage}-${name}:*`)),
    },
    followEvents('StepFunctionsGetEventsForStepFunctionsExecutionRule'),
  ];
}

function distributedStatements({ stage, results }: Surroundings): Statement[] {
  const own = `holdfast-${stage}-scheduled`;
  return [
    {
      Sid: 'MapOverRuns',
      Effect: 'Allow',
      Action: 'states:StartExecution',
      Resource: regional('states', `stateMachine:${own}`),
    },
    {
      Sid: 'FollowMap',
      Effect: 'Allow',
      Action: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
      Resource: [
        regional('states', `execution:${own}:*`),
        regional('states', `execution:${own}/*:*`),
      ],
    },
    {
      Sid: 'ReadRuns',
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: sub(`arn:\${AWS::Partition}:s3:::${results}*`),
    },
  ];
}

const followEvents = (rule: string): Statement => ({
  Sid: 'FollowByEvents',
  Effect: 'Allow',
  Action: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
  Resource: regional('events', `rule/${rule}`),
});

/** https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html: these know no resources. */
export const logDelivery: Statement = {
  Sid: 'DeliverLogs',
  Effect: 'Allow',
  Action: [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
  ],
  Resource: '*',
};

/** https://docs.aws.amazon.com/xray/latest/devguide/security_iam_id-based-policy-examples.html */
export const machineTracing: Statement = {
  Sid: 'Trace',
  Effect: 'Allow',
  Action: [
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
  ],
  Resource: '*',
};
