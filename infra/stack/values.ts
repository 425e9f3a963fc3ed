/** What serverless.yml and infra/*.yml take from holdfast.yaml: `${self:custom.stack.…}`. */
import { bucketLocation } from '../../src/core/bucket-location.ts';
import type { MachineName } from '../../src/core/contracts/machines.ts';
import { layout } from '../../src/core/layout.ts';
import { alarmResources, watchAlarms } from './alarms.ts';
import { createOnlyArns, intelligentTiering, lifecycleRules } from './bucket.ts';
import { dashboardBody } from './dashboard.ts';
import { eventRules } from './event-rules.ts';
import { executionRole } from './execution-role.ts';
import { failoverOf } from './failover.ts';
import type { FunctionSettings } from './failover-functions.ts';
import { arnOf, sub, type Value } from './names.ts';
import { networkOf } from './network.ts';
import { recoveryEnvironment, recoveryOutputs } from './recovery.ts';
import { replicationOf, replicationResources } from './replication.ts';
import type { Resources } from './resource.ts';
import { roleResources } from './roles.ts';
import { scheduleResources } from './schedules.ts';
import type { Stage } from './stage.ts';
import { substitutionsOf } from './substitutions.ts';
import { taskResources } from './tasks.ts';

export interface StackValues {
  readonly region: string;
  readonly architecture: string;
  readonly configHash: string;
  readonly vault: {
    readonly by: 'stack' | 'given';
    readonly bucket: string;
    readonly prefix: string;
    readonly leases: string;
  };
  /** ARNs of what the bucket's policy lets nobody replace. */
  readonly createOnly: readonly Value[];
  readonly replication: object;
  readonly lifecycle: readonly object[];
  readonly intelligentTiering: readonly object[] | Value;
  readonly network: 'own' | 'own-closed' | 'given';
  readonly environment: Readonly<Record<string, Value>>;
  readonly substitutions: Readonly<Record<MachineName, Readonly<Record<string, Value>>>>;
  /** Beside those that every stack has. */
  readonly functions: Readonly<Record<string, FunctionSettings>>;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly dashboard: Value;
  readonly outputs: Readonly<Record<string, { readonly Value: Value }>>;
  readonly resources: Resources;
}

export async function stackValues(stage: Stage): Promise<StackValues> {
  const { config, deployed, recovers } = stage;
  const { primary, leases } = config.vault;
  const { bucket = '', prefix = '' } = bucketLocation(primary.url) ?? {};
  const place = { by: config.deploy.vault, bucket, prefix };
  const network = networkOf(config);
  const environment = {
    HOLDFAST_CONFIG: `s3://${bucket}/${prefix}${layout.config(deployed.sha256)}`,
    HOLDFAST_VAULT_KEY_ARN: arnOf('VaultKey'),
    HOLDFAST_SIGNING_KEY_ARN: arnOf('SigningKey'),
    ...recoveryEnvironment(stage),
  };
  const starts = recovers === undefined ? startsOf(stage) : scheduleResources(stage.stage, config);
  const alarms =
    recovers === undefined ? alarmResources(stage.stage, config) : watchAlarms(stage.stage, config);
  const failover = await failoverOf(stage);
  const watched = { ...alarms, ...failover.alarms, ...starts };
  return {
    region: primary.region ?? '',
    architecture: config.deploy.tasks.architecture,
    configHash: deployed.sha256,
    vault: { ...place, leases: bucketLocation(leases?.url ?? '')?.bucket ?? '' },
    createOnly: createOnlyArns(prefix),
    replication: replicationOf(config),
    lifecycle: lifecycleRules(primary),
    intelligentTiering: intelligentTiering(primary),
    network: network.file,
    environment: {
      ...environment,
      HOLDFAST_TASK_ROLES: sub(
        `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/holdfast-${stage.stage}-`,
      ),
    },
    substitutions: await substitutionsOf(network, config),
    functions: failover.functions,
    extensions: failover.extensions,
    dashboard: dashboardBody(stage.stage, config, watched),
    outputs: { ...recoveryOutputs(stage), ...failover.outputs },
    resources: {
      ...roleResources(stage.stage, config),
      TaskExecutionRole: executionRole(stage.stage, config),
      ...taskResources(stage, environment),
      ...starts,
      ...alarms,
      ...failover.resources,
      ...failover.alarms,
    },
  };
}

/** The recovery stack stands by: it is watched, and starts no backup by itself. */
const startsOf = ({ stage, config }: Stage): Resources => ({
  ...scheduleResources(stage, config),
  ...eventRules(stage, config),
  ...replicationResources(stage, config),
});
