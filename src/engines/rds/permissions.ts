/**
 * Whether RDS would obey, asked without a change: each order is given to an instance that does not exist. Who may
 * give it hears that there is none; who may not is refused before RDS looks.
 */
import { randomBytes } from 'node:crypto';
import type { RDS } from '@aws-sdk/client-rds';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import type { CallOptions } from './api.ts';
import { apiOf, type Instance } from './instance.ts';
import { notes } from './notes.ts';
import { probePrefix } from './probe-name.ts';
import { isService } from './service-failure.ts';

interface Nobody {
  readonly id: string;
  readonly arn: string;
}

type Order = (rds: RDS, nobody: Nobody, options: CallOptions) => Promise<unknown>;

const orders = {
  AddTagsToResource: (rds, { arn }, options) =>
    rds.addTagsToResource(
      { ResourceName: arn, Tags: [{ Key: notes.replaced, Value: 'none' }] },
      options,
    ),
  RemoveTagsFromResource: (rds, { arn }, options) =>
    rds.removeTagsFromResource({ ResourceName: arn, TagKeys: [notes.replaced] }, options),
  ModifyDBInstance: (rds, { id }, options) =>
    rds.modifyDBInstance({ DBInstanceIdentifier: id }, options),
  RebootDBInstance: (rds, { id }, options) =>
    rds.rebootDBInstance({ DBInstanceIdentifier: id }, options),
  PromoteReadReplica: (rds, { id }, options) =>
    rds.promoteReadReplica({ DBInstanceIdentifier: id }, options),
  CreateDBInstanceReadReplica: (rds, { id }, options) =>
    rds.createDBInstanceReadReplica(
      { DBInstanceIdentifier: id, SourceDBInstanceIdentifier: `${id}-source` },
      options,
    ),
} as const satisfies Record<string, Order>;

const tagging = ['AddTagsToResource', 'RemoveTagsFromResource'] as const;
const ofSource = [
  ...tagging,
  'ModifyDBInstance',
  'RebootDBInstance',
  'CreateDBInstanceReadReplica',
] as const;
const ofTarget = [...tagging, 'PromoteReadReplica'] as const;

/** Empty where nothing is missing. */
export async function missingPermissions(
  node: ClusterNode,
  instance: Instance,
  { side, signal }: { readonly side: 'source' | 'target'; readonly signal: AbortSignal },
): Promise<string[]> {
  const id = `${probePrefix}${randomBytes(6).toString('hex')}`;
  const nobody = { id, arn: instance.arn.replace(/[^:]+$/, id) };
  const asked = (side === 'source' ? ofSource : ofTarget).map(async (action) => {
    try {
      const given = { action: `${action} of nobody`, signal };
      await apiOf(node).order(given, (rds, options) => orders[action](rds, nobody, options));
      return [];
    } catch (error) {
      signal.throwIfAborted();
      const refused = isService(error, 'RDS_DENIED', 'RDS_UNREACHABLE', 'RDS_THROTTLED');
      return refused ? [`${node.name}: ${(error as Error).message}`] : [];
    }
  });
  return (await Promise.all(asked)).flat();
}
