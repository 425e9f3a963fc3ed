/** What Aurora's API is asked and told in one Region. Nothing is called in another Region: that one may be dark. */
import type { ManagedConfig } from '../../core/config/cluster.ts';
import { type Asked, openApi } from '../rds/api.ts';
import type { GlobalChange, GlobalDatabase } from './global-database.ts';

/** `control: { aurora: … }` of a node. */
export type AuroraPlace = Extract<ManagedConfig, { aurora: unknown }>['aurora'];

export type Limit = Omit<Asked, 'action'>;

export interface RegionalCluster {
  readonly arn: string;
  readonly status: string;
  readonly engine: string;
  readonly version: string;
  /** The reader endpoint: that of the writer is inactive in a secondary. */
  readonly reader: string | undefined;
  readonly instances: number;
}

/** Rejects with FailoverError RDS_…, also where there is no such global database. */
export async function readGlobal(place: AuroraPlace, limit: Limit): Promise<GlobalDatabase> {
  const action = `DescribeGlobalClusters of ${place.globalCluster}`;
  const { GlobalClusters = [] } = await openApi(place).ask({ action, ...limit }, (rds, options) =>
    rds.describeGlobalClusters({ GlobalClusterIdentifier: place.globalCluster }, options),
  );
  const found = GlobalClusters.find(
    ({ GlobalClusterIdentifier: name }) => name === place.globalCluster.toLowerCase(),
  );
  if (found === undefined) throw new Error(`there is no global database ${place.globalCluster}`);
  return {
    identifier: found.GlobalClusterIdentifier ?? '',
    status: found.Status ?? 'unknown',
    members: (found.GlobalClusterMembers ?? []).map((member) => ({
      arn: member.DBClusterArn ?? '',
      isWriter: member.IsWriter ?? false,
      synchronization: member.SynchronizationStatus,
      writeForwarding: member.GlobalWriteForwardingStatus,
    })),
    change: changeOf(found.FailoverState),
  };
}

interface FailoverState {
  readonly Status?: string | undefined;
  readonly FromDbClusterArn?: string | undefined;
  readonly ToDbClusterArn?: string | undefined;
  readonly IsDataLossAllowed?: boolean | undefined;
}

/** Empty unless something goes on. */
const changeOf = (state: FailoverState | undefined): GlobalChange | undefined =>
  state?.Status === undefined || state.Status === ''
    ? undefined
    : {
        status: state.Status,
        from: state.FromDbClusterArn,
        to: state.ToDbClusterArn,
        losesData: state.IsDataLossAllowed ?? false,
      };

export async function readCluster(place: AuroraPlace, limit: Limit): Promise<RegionalCluster> {
  const action = `DescribeDBClusters of ${place.cluster}`;
  const { DBClusters = [] } = await openApi(place).ask({ action, ...limit }, (rds, options) =>
    rds.describeDBClusters({ DBClusterIdentifier: place.cluster }, options),
  );
  const [found] = DBClusters;
  if (found === undefined) throw new Error(`there is no cluster ${place.cluster}`);
  return {
    arn: found.DBClusterArn ?? '',
    status: found.Status ?? 'unknown',
    engine: found.Engine ?? 'unknown',
    version: found.EngineVersion ?? 'unknown',
    reader: found.ReaderEndpoint,
    instances: found.DBClusterMembers?.length ?? 0,
  };
}

export type Promote = 'switchover' | 'failover';

/**
 * `failover` says `AllowDataLoss` outright: left out, it means a switchover, which needs the primary's Region. The
 * target is an ARN, so that Aurora finds it in its Region. Sent once: whether it was taken has to be read.
 */
export async function askToPromote(
  place: AuroraPlace,
  { kind, target }: { readonly kind: Promote; readonly target: string },
  limit: Limit,
): Promise<void> {
  const asked = {
    GlobalClusterIdentifier: place.globalCluster,
    TargetDbClusterIdentifier: target,
  };
  const action = `${calls[kind]} to ${target.split(':').at(-1)}`;
  await openApi(place).order({ action, ...limit }, async (rds, options) =>
    kind === 'switchover'
      ? rds.switchoverGlobalCluster(asked, options)
      : rds.failoverGlobalCluster({ ...asked, AllowDataLoss: true }, options),
  );
}

const calls: Readonly<Record<Promote, string>> = {
  switchover: 'SwitchoverGlobalCluster',
  failover: 'FailoverGlobalCluster',
};

/**
 * Aurora keeps the old primary's volume as it was at a failover that lost data, in a snapshot of this name, when its
 * Region is back. Rejects where the Region does not answer.
 */
export async function readLostVolumes(
  place: AuroraPlace,
  limit: Limit,
): Promise<readonly string[]> {
  const action = `DescribeDBClusterSnapshots of ${place.cluster}`;
  const { DBClusterSnapshots = [] } = await openApi(place).ask(
    { action, ...limit },
    (rds, options) =>
      rds.describeDBClusterSnapshots({ DBClusterIdentifier: place.cluster }, options),
  );
  return DBClusterSnapshots.flatMap(({ DBClusterSnapshotIdentifier: name }) =>
    name?.startsWith(lostVolume) ? [name] : [],
  );
}

export const lostVolume = 'rds:unplanned-global-failover-';
