/** An instance as RDS describes it. */
import type { DBInstance } from '@aws-sdk/client-rds';
import type { ManagedConfig } from '../../core/config/cluster.ts';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import { openApi, type RdsApi } from './api.ts';

export type RdsConfig = Extract<ManagedConfig, { rds: unknown }>['rds'];

export interface Instance {
  readonly id: string;
  readonly arn: string;
  /** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html */
  readonly status: string;
  /** Of a replica: an identifier, or an ARN where its source is in another Region. */
  readonly source: string | null;
  readonly address: string | null;
  readonly vpc: string | undefined;
  readonly groups: readonly string[];
  /** No group is about to come or to go. */
  readonly groupsSettled: boolean;
  readonly tags: ReadonlyMap<string, string>;
  /** Of a replica, as RDS sees its stream: `replicating`, `error`, `stopped`, …; null: RDS does not say. */
  readonly replication: { readonly normal: boolean; readonly status: string } | null;
  readonly raw: DBInstance;
}

export interface Look {
  readonly signal: AbortSignal;
  readonly seconds?: number;
  /** Absent: the node's own. */
  readonly id?: string;
}

/** The configuration is checked when it is read: a node of this engine has it. */
export function rdsOf({ name, managed }: ClusterNode): RdsConfig {
  if (managed !== undefined && 'rds' in managed) return managed.rds;
  throw new Error(`${name} has no control.rds`);
}

export const apiOf = (node: ClusterNode): RdsApi => openApi(rdsOf(node));

/** Rejects as `RdsApi.ask` does: RDS_NOT_FOUND where there is none. */
export async function describe(node: ClusterNode, look: Look): Promise<Instance> {
  const { id = rdsOf(node).instance, ...bounds } = look;
  const asked = { action: `DescribeDBInstances of ${id}`, ...bounds };
  const { DBInstances = [] } = await apiOf(node).ask(asked, (rds, options) =>
    rds.describeDBInstances({ DBInstanceIdentifier: id }, options),
  );
  return read(DBInstances[0] ?? {});
}

export function read(raw: DBInstance): Instance {
  const memberships = raw.VpcSecurityGroups ?? [];
  const staying = memberships.filter(({ Status }) => Status !== 'removing');
  const info = raw.StatusInfos?.find(({ StatusType }) => StatusType === 'read replication');
  return {
    id: raw.DBInstanceIdentifier ?? '',
    arn: raw.DBInstanceArn ?? '',
    status: raw.DBInstanceStatus ?? 'unknown',
    source: raw.ReadReplicaSourceDBInstanceIdentifier ?? null,
    address: raw.Endpoint?.Address ?? null,
    vpc: raw.DBSubnetGroup?.VpcId,
    groups: staying.map(({ VpcSecurityGroupId }) => VpcSecurityGroupId ?? ''),
    groupsSettled: memberships.every(({ Status }) => Status === 'active'),
    tags: new Map((raw.TagList ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    replication: info ? { normal: info.Normal === true, status: info.Status ?? 'unknown' } : null,
    raw,
  };
}

/** Within a Region its source is named by identifier, across Regions by ARN. */
export const follows = (replica: Instance, source: Pick<Instance, 'id' | 'arn'>): boolean =>
  replica.source === source.arn ||
  (replica.source === source.id && regionOf(replica.arn) === regionOf(source.arn));

export const regionOf = (arn: string): string | undefined => arn.split(':')[3];

export const isIsolated = (node: ClusterNode, { groups }: Instance): boolean =>
  groups.length === 1 && groups[0] === rdsOf(node).isolation;
