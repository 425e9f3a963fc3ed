/** What moto says of instances, mended where it differs from AWS. */
import type { Instance } from './rds-instances.ts';

type Find = (id: string) => Instance | undefined;

/**
 * moto keeps a promoted replica's source and the network of its first source, is always `available`, and has an
 * endpoint that nobody resolves.
 */
export async function shown(xml: string, find: Find): Promise<string> {
  let text = xml;
  for (const [block] of xml.matchAll(/<DBInstance>.*?<\/DBInstance>/gs)) {
    const instance = find(textOf(block, 'DBInstanceIdentifier'));
    if (instance !== undefined) text = text.replace(block, await mended(block, instance));
  }
  return text;
}

async function mended(block: string, instance: Instance): Promise<string> {
  const { status, source, region, port, groups, changing } = instance;
  const address = instance.gate === undefined ? `${instance.id}.example` : instance.address;
  const sourceId =
    source && (source.region === region ? source.id : textOfArn(source.region, source.id));
  const members = changing.length > 0 ? changing : groups.map((id) => [id, 'active'] as const);
  const parts = {
    DBInstanceStatus: status,
    ReadReplicaSourceDBInstanceIdentifier: sourceId,
    Endpoint:
      status === 'creating' ? undefined : `<Address>${address}</Address><Port>${port}</Port>`,
    VpcSecurityGroups: members
      .map(
        ([id, each]) =>
          `<VpcSecurityGroupMembership><VpcSecurityGroupId>${id}</VpcSecurityGroupId><Status>${each}</Status></VpcSecurityGroupMembership>`,
      )
      .join(''),
    StatusInfos: source && (await replication(instance)),
  };
  const seen = block.replace(/(?<=<VpcId>)[^<]*/, instance.vpc);
  return Object.entries(parts).reduce((text, [tag, value]) => put(text, tag, value), seen);
}

/** As the server itself says. */
async function replication({ machine }: Instance): Promise<string> {
  const sql = `select 1 from pg_stat_wal_receiver where status = 'streaming'`;
  const rows = (await machine?.query(sql).catch(() => [])) ?? [];
  const normal = rows.length > 0;
  return `<DBInstanceStatusInfo><StatusType>read replication</StatusType><Normal>${normal}</Normal><Status>${normal ? 'replicating' : 'error'}</Status></DBInstanceStatusInfo>`;
}

function put(block: string, tag: string, value: string | undefined): string {
  const without = block.replace(new RegExp(`<${tag}>.*?</${tag}>|<${tag}/>`, 's'), '');
  if (value === undefined) return without;
  return without.replace('</DBInstance>', `<${tag}>${value}</${tag}></DBInstance>`);
}

const textOf = (block: string, tag: string): string =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(block)?.[1] ?? '';

const textOfArn = (region: string, id: string): string =>
  `arn:aws:rds:${region}:123456789012:db:${id}`;
