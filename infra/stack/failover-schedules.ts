/** Readiness and the primary of each cluster, looked at by a schedule: EventBridge calls the functions themselves. */
import type { ClusterConfig } from '../../src/core/config/cluster.ts';
import { durationSeconds } from '../../src/core/config/values.ts';
import type { FailoverFunction } from '../../src/core/contracts/machines.ts';
import { arnOf, digest, idOf, pascal, sub, type Value } from './names.ts';
import type { Resources } from './resource.ts';
import { role, trust } from './roles.ts';
import { schedule } from './schedules.ts';
import type { Stage } from './stage.ts';
import type { Statement } from './statements.ts';

export const scheduledFunctions = ['check', 'watch'] as const;
type Scheduled = (typeof scheduledFunctions)[number];

const roleId = 'FailoverSchedulerRole';
const functionId = (name: Scheduled): string => `Failover${pascal(name)}LambdaFunction`;

export function failoverSchedules({ stage, config }: Stage): Resources {
  const entries = Object.entries(config.clusters).flatMap(([cluster, { readiness }]) =>
    scheduledFunctions.map((name) => {
      // More often than once a minute nothing can be scheduled.
      const expression = name === 'check' ? readiness.schedule : 'rate(1 minute)';
      const made = schedule({
        ...{
          name: `holdfast-${stage}-failover-${name}-${digest(cluster, 12)}`,
          expression,
          timezone: 'UTC',
        },
        description: descriptions[name](cluster),
        target: arnOf(functionId(name)),
        role: roleId,
        input: { input: { cluster } },
      });
      return [idOf(`Failover${pascal(name)}Schedule`, cluster), made] as const;
    }),
  );
  return Object.fromEntries(entries);
}

const descriptions: Readonly<Record<Scheduled, (cluster: string) => string>> = {
  check: (cluster) => `Whether a planned failover of ${cluster} would begin.`,
  watch: (cluster) => `Whether the primary of ${cluster} is gone.`,
};

/** Of its own, so that nothing else that is scheduled may call them. */
export const scheduleRole = (stage: string): Resources => ({
  [roleId]: role(
    `holdfast-${stage}-failover-scheduler`,
    trust('scheduler.amazonaws.com', group(stage)),
    [
      {
        Sid: 'InvokeFunctions',
        Effect: 'Allow',
        Action: 'lambda:InvokeFunction',
        Resource: scheduledFunctions.map((name) => arnOf(functionId(name))),
      },
      {
        Sid: 'KeepUndelivered',
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Resource: arnOf('DeadLetters'),
      },
      {
        Sid: 'EncryptUndelivered',
        Effect: 'Allow',
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: arnOf('ServiceKey'),
      },
    ],
  ),
});

const group = (stage: string): string =>
  `arn:\${AWS::Partition}:scheduler:\${AWS::Region}:\${AWS::AccountId}:schedule-group/holdfast-${stage}`;

const failoverMachine = (stage: string): Value =>
  sub(
    `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:holdfast-${stage}-failover`,
  );

export const watchEnvironment = (stage: string) => ({
  HOLDFAST_FAILOVER_MACHINE: failoverMachine(stage),
});

export const startFailover = (stage: string): Statement => ({
  Sid: 'StartFailover',
  Effect: 'Allow',
  Action: 'states:StartExecution',
  Resource: failoverMachine(stage),
});

/** One look, with every node silent. */
const lookSeconds = 30;
/** Of a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const longestSeconds = 900;

/** Long enough for the looks that make a primary count as down. */
export function scheduledSeconds({ config }: Stage, name: FailoverFunction): number {
  if (name !== 'watch') return 2 * lookSeconds;
  const longest = Math.max(...Object.values(config.clusters).map(declaredAfter));
  return Math.min(longestSeconds, 2 * lookSeconds + longest);
}

const declaredAfter = ({ detection: { failures, every } }: ClusterConfig): number =>
  failures * (durationSeconds(every) + lookSeconds);
