/** One role for each function and machine of failovers. */
import type { ClusterConfig } from '../../src/core/config/cluster.ts';
import type { Config } from '../../src/core/config/schema.ts';
import {
  type ClusterMachineName,
  type FailoverFunction,
  failoverFunctions,
} from '../../src/core/contracts/machines.ts';
import { layout } from '../../src/core/layout.ts';
import { stepAccess, vaultAccess } from './failover-access.ts';
import { auroraStatements } from './failover-aurora.ts';
import { databaseStatements } from './failover-databases.ts';
import { functionKey, functionName, functionsOf } from './failover-functions.ts';
import { linkSecrets, startApproval } from './failover-link.ts';
import { nameStatements } from './failover-names.ts';
import { invalidationStatements, scalingStatements } from './failover-scaling.ts';
import { scheduledFunctions, scheduleRole, startFailover } from './failover-schedules.ts';
import { secretsIn } from './groups.ts';
import { invoke, logDelivery, machineTracing } from './machine-roles.ts';
import { pascal, ref, sub, type Value } from './names.ts';
import type { Resource, Resources } from './resource.ts';
import { machineTrust, role, tracing, trust } from './roles.ts';
import type { Stage } from './stage.ts';
import { arn, objectArns, placeOf, type Statement, statementsOf } from './statements.ts';

export function failoverRoles(stage: Stage): Resources {
  const roles = functionsOf(stage.config).map(
    (name) => [`Failover${pascal(name)}FunctionRole`, functionRole(stage, name)] as const,
  );
  return {
    ...Object.fromEntries(roles),
    ...machineRoles(stage.stage),
    ...scheduleRole(stage.stage),
  };
}

function functionRole({ stage, config }: Stage, name: FailoverFunction): Resource {
  const access = stepAccess[name];
  const clusters = Object.keys(config.clusters);
  const secrets = access.approves ? linkSecrets(config) : secretsIn(nodesAlone(name, config));
  const given = vaultAccess(access, { clusters, secrets });
  return role(`holdfast-${stage}-failover-${name}`, trust('lambda.amazonaws.com'), [
    logs(functionName(stage, name)),
    tracing,
    ...statementsOf(given, config, stage),
    ...claims(config, clusters, access.onlyLooks || access.claimsNothing ? [] : ['s3:PutObject']),
    ...nameStatements(access.names, Object.values(config.clusters)),
    ...scalingStatements(access.scales, Object.values(config.clusters)),
    ...invalidationStatements(access.scales, Object.values(config.clusters)),
    ...(access.commands ? commandStatements(Object.values(config.clusters)) : []),
    ...auroraStatements(access.globalDatabase, Object.values(config.clusters)),
    ...databaseStatements(access.databases, Object.values(config.clusters)),
    ...(access.approves ? [startApproval(stage)] : []),
    ...(access.begins ? [startFailover(stage)] : []),
    ...(access.looksAtRuns ? [lookAtRuns(stage)] : []),
    ...(config.deploy.network.subnets === undefined ? [] : [attach]),
  ]);
}

/** The key of links is for those who make one and those who read one. */
const nodesAlone = (name: FailoverFunction, { clusters }: Config): unknown =>
  name === 'ask-approval'
    ? Object.values(clusters)
    : Object.values(clusters).map(({ approval: _, ...rest }) => rest);

function machineRoles(stage: string): Resources {
  const beside = ['look', 'find-approval', 'approval-link', ...scheduledFunctions];
  const steps = failoverFunctions.filter((name) => !beside.includes(name));
  const roleOf = (
    name: ClusterMachineName,
    functions: readonly FailoverFunction[],
    more: Statement[],
  ) => [
    `${pascal(name)}MachineRole`,
    role(`holdfast-${stage}-${name}-machine`, machineTrust(stage, name), [
      invoke(functions.map(functionKey)),
      ...more,
      logDelivery,
      machineTracing,
    ]),
  ];
  return Object.fromEntries([
    roleOf('failover', steps, [beginBackup(stage)]),
    roleOf('failover-plan', ['look'], []),
    roleOf('approve', ['find-approval'], [answer(stage)]),
  ]) as Resources;
}

/** Of the cluster's source, on the new timeline: begun, not waited for. */
const beginBackup = (stage: string): Statement => ({
  Sid: 'BeginBackup',
  Effect: 'Allow',
  Action: 'states:StartExecution',
  Resource: backupMachine(stage),
});

/** By name: the stack of a recovery Region may have none, and then the run notes that. */
export const backupMachine = (stage: string): Value =>
  sub(
    `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:holdfast-${stage}-backup`,
  );

/** By the token of one of its tasks: https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html */
const answer = (stage: string): Statement => ({
  Sid: 'AnswerQuestion',
  Effect: 'Allow',
  Action: 'states:SendTaskSuccess',
  Resource: sub(
    `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:holdfast-${stage}-failover`,
  ),
});

const logs = (name: string): Statement => ({
  Sid: 'WriteLogs',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: sub(
    `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${name}:*`,
  ),
});

/** Epochs are claimed and renewed, and none is taken away: their number only grows. */
function claims(
  { vault }: Config,
  clusters: readonly string[],
  writing: readonly string[],
): Statement[] {
  const place = placeOf(vault.leases?.url ?? vault.primary.url);
  const keys = clusters.map((name) => layout.leases(`failover-${name}`));
  return [
    {
      Sid: 'ListClaims',
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: [arn(place.bucket)],
    },
    {
      Sid: 'HoldClaims',
      Effect: 'Allow',
      Action: ['s3:GetObject', ...writing],
      Resource: objectArns(place, keys),
    },
  ];
}

const own = `\${AWS::Region}`;

/**
 * That document on those instances, and nothing else; how a command went is asked without a resource.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
 */
function commandStatements(clusters: readonly ClusterConfig[]): Statement[] {
  const nodes = clusters.flatMap(({ nodes: named }) =>
    Object.values(named).flatMap(({ control }) =>
      control !== undefined && 'ssm' in control ? [control.ssm] : [],
    ),
  );
  if (nodes.length === 0) return [];
  const regions = [...new Set(nodes.map(({ region }) => region ?? own))];
  return [
    {
      Sid: 'RunCommands',
      Effect: 'Allow',
      Action: 'ssm:SendCommand',
      Resource: [
        ...regions.map((region) =>
          sub(`arn:\${AWS::Partition}:ssm:${region}::document/AWS-RunShellScript`),
        ),
        ...nodes.map(({ instance, region = own }) => {
          const kind = instance.startsWith('mi-') ? 'ssm' : 'ec2';
          const what = instance.startsWith('mi-') ? 'managed-instance' : 'instance';
          return sub(
            `arn:\${AWS::Partition}:${kind}:${region}:\${AWS::AccountId}:${what}/${instance}`,
          );
        }),
      ],
    },
    {
      Sid: 'FollowCommands',
      Effect: 'Allow',
      Action: ['ssm:GetCommandInvocation', 'ssm:CancelCommand'],
      Resource: '*',
      Condition: {
        StringEquals: {
          'aws:RequestedRegion': regions.map((region) =>
            region === own ? ref('AWS::Region') : region,
          ),
        },
      },
    },
  ];
}

const lookAtRuns = (stage: string): Statement => ({
  Sid: 'LookAtRuns',
  Effect: 'Allow',
  Action: 'states:DescribeExecution',
  Resource: sub(
    `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:execution:holdfast-${stage}-failover:*`,
  ),
});

/**
 * Lambda puts a function into its subnets by the function's own role, and asks for it without a resource. Code of
 * the function itself cannot do so: then the key is there.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
 */
const attach: Statement = {
  Sid: 'AttachToNetwork',
  Effect: 'Allow',
  Action: [
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ],
  Resource: '*',
  Condition: { Null: { 'lambda:SourceFunctionArn': 'true' } },
};
