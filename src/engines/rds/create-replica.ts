/** A new replica in the place of the old primary, with that one's settings. */
import type { CreateDBInstanceReadReplicaCommandInput } from '@aws-sdk/client-rds';
import type { ClusterNode, NodePair } from '../../core/ports/failover-engine.ts';
import { apiOf, type Instance, rdsOf, read, regionOf } from './instance.ts';
import { noteOf, notes } from './notes.ts';
import { isService } from './service-failure.ts';

export interface Sides {
  /** The new primary. */
  readonly fresh: Instance;
  /** Undefined: an earlier run has set it aside. */
  readonly old: Instance | undefined;
  readonly signal: AbortSignal;
}

/** Resolves when it was ordered, also where the answer to that was lost: what is there is looked at next. */
export async function createReplica({ source }: NodePair, sides: Sides): Promise<void> {
  const { fresh, signal } = sides;
  const old = sides.old ?? (await newestAside(source, signal));
  const { instance, region } = rdsOf(source);
  const abroad = regionOf(fresh.arn) !== region;
  const input = {
    DBInstanceIdentifier: instance,
    SourceDBInstanceIdentifier: abroad ? fresh.arn : fresh.id,
    ...(abroad ? { SourceRegion: regionOf(fresh.arn) } : {}),
    ...(old === undefined ? {} : settingsOf(old, abroad)),
  } as CreateDBInstanceReadReplicaCommandInput;
  try {
    const asked = { action: `CreateDBInstanceReadReplica ${instance}`, signal };
    await apiOf(source).order(asked, (rds, options) =>
      rds.createDBInstanceReadReplica(input, options),
    );
  } catch (error) {
    if (!isService(error, 'RDS_UNREACHABLE')) throw error;
  }
}

/** Set aside by a run that did not get further; it has the settings. */
async function newestAside(node: ClusterNode, signal: AbortSignal): Promise<Instance | undefined> {
  const { instance } = rdsOf(node);
  const asked = { action: 'DescribeDBInstances', signal };
  const { DBInstances = [] } = await apiOf(node).ask(asked, (rds, options) =>
    rds.describeDBInstances({}, options),
  );
  const aside = DBInstances.map(read).filter((each) => noteOf(each, notes.replaced) === instance);
  const runOf = ({ id }: Instance): number => Number(id.split('-before-').at(-1));
  return aside.sort((one, two) => runOf(two) - runOf(one))[0];
}

/** A network and a key are named only for another Region: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html */
function settingsOf(
  { raw, ...old }: Instance,
  abroad: boolean,
): Partial<CreateDBInstanceReadReplicaCommandInput> {
  const groups = noteOf({ ...old, raw }, notes.fencedFrom)?.split(' ') ?? old.groups;
  const parameters = raw.DBParameterGroups?.[0]?.DBParameterGroupName;
  const own = parameters?.startsWith('default.') ? undefined : parameters;
  const network = { DBSubnetGroupName: raw.DBSubnetGroup?.DBSubnetGroupName };
  return defined({
    DBInstanceClass: raw.DBInstanceClass,
    MultiAZ: raw.MultiAZ,
    PubliclyAccessible: raw.PubliclyAccessible,
    StorageType: raw.StorageType,
    AutoMinorVersionUpgrade: raw.AutoMinorVersionUpgrade,
    CopyTagsToSnapshot: raw.CopyTagsToSnapshot,
    DeletionProtection: raw.DeletionProtection,
    EnableIAMDatabaseAuthentication: raw.IAMDatabaseAuthenticationEnabled,
    VpcSecurityGroupIds: [...groups],
    DBParameterGroupName: own,
    ...(abroad ? { ...network, KmsKeyId: raw.KmsKeyId } : {}),
  });
}

const defined = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
