/** The machine of failovers: in which stack it lies, and all that it consists of. */
import { clusterMachineNames } from '../../src/core/contracts/machines.ts';
import { failoverAlarms } from './failover-alarms.ts';
import { type FunctionSettings, failoverFunctionSettings } from './failover-functions.ts';
import { hasLinks, linkResources } from './failover-link.ts';
import { failoverMachines } from './failover-machines.ts';
import { failoverRoles } from './failover-roles.ts';
import { failoverSchedules } from './failover-schedules.ts';
import { pascal, ref, type Value } from './names.ts';
import { recoveryOf } from './recovery.ts';
import type { Resources } from './resource.ts';
import type { Stage } from './stage.ts';

export interface FailoverParts {
  readonly functions: Readonly<Record<string, FunctionSettings>>;
  /** What is added to what the framework makes of the functions. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly resources: Resources;
  readonly alarms: Resources;
  readonly outputs: Readonly<Record<string, { readonly Value: Value }>>;
}

const nothing: FailoverParts = {
  ...{ functions: {}, extensions: {}, resources: {}, alarms: {}, outputs: {} },
};

/**
 * In the Region that takes over: the recovery stack where there is one, for it has to work while the first Region
 * is dark. Nowhere, where no cluster is configured.
 */
export const failsOver = (stage: Stage): boolean =>
  Object.keys(stage.config.clusters).length > 0 && recoveryOf(stage) === undefined;

export async function failoverOf(stage: Stage): Promise<FailoverParts> {
  if (!failsOver(stage)) return nothing;
  const functions = await failoverFunctionSettings(stage);
  return {
    functions,
    extensions: extensionsOf(Object.keys(functions)),
    resources: {
      ...failoverRoles(stage),
      ...(await failoverMachines(stage.stage)),
      ...failoverSchedules(stage),
      ...(hasLinks(stage.config) ? linkResources() : {}),
    },
    alarms: failoverAlarms(stage.stage),
    outputs: Object.fromEntries(
      clusterMachineNames.map((name) => {
        const id = `${pascal(name)}Machine`;
        return [`${id}Arn`, { Value: ref(id) }];
      }),
    ),
  };
}

/** As infra/functions.yml for the others. */
function extensionsOf(names: readonly string[]): FailoverParts['extensions'] {
  const entries = names.flatMap((name) => {
    const id = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return [
      [`${id}LambdaFunction`, { Metadata: left }],
      [`${id}LogGroup`, { Properties: { KmsKeyId: { 'Fn::GetAtt': ['ServiceKey', 'Arn'] } } }],
    ] as const;
  });
  return Object.fromEntries(entries);
}

const skip = (id: string, comment: string) => ({ id, comment });
/** What the framework leaves open, and why it stays open. */
const left = {
  // The framework names the role twice.
  'cfn-lint': { config: { ignore_checks: ['W3005'] } },
  checkov: {
    skip: [
      skip(
        'CKV_AWS_115',
        'One run of a cluster at a time, one step of it at a time: there is nothing to bound.',
      ),
      skip(
        'CKV_AWS_116',
        'The machine calls them and sees their errors; what a schedule calls has an alarm, and is called again.',
      ),
      skip(
        'CKV_AWS_117',
        'They run in the subnets of deploy.network where it names some, for there the databases are.',
      ),
      skip(
        'CKV_AWS_173',
        'The environment holds names and ARNs; secrets are references, looked up when used.',
      ),
    ],
  },
};
