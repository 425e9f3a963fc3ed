/**
 * Two instances of RDS for PostgreSQL in two Regions: moto answers the API, behind a front that holds each request
 * against AWS's models and does to real servers what the orders say. Clients reach a server only by its gate.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EC2 } from '@aws-sdk/client-ec2';
import { RDS } from '@aws-sdk/client-rds';
import { type AwsFront, startAwsFront } from './aws-front.ts';
import { type Gate, startGate } from './gate.ts';
import { startMoto } from './moto.ts';
import { type PairNode, type PostgresPair, startPostgresPair } from './postgres-pair.ts';
import { type Instance, RdsInstances, type Settings } from './rds-instances.ts';
import type { S3Server } from './versitygw.ts';

export const regions = { a: 'eu-west-1', b: 'eu-central-1' } as const;
type NodeName = keyof typeof regions;

export interface RdsPair extends PostgresPair {
  readonly front: AwsFront;
  readonly instances: RdsInstances;
  readonly settings: Settings;
  /** The group without ingress, by node. */
  readonly isolation: Readonly<Record<NodeName, string>>;
  /** What stands under `control: { rds: … }`. */
  control(node: NodeName): object;
  /** Where nobody gets to, whatever its groups say. */
  readonly dark: Set<NodeName>;
  /** Nobody and nothing in the Region answers any more: no API, no server, no open connection. */
  darken(node: NodeName): Promise<void>;
}

/** `a` and `b` have the address of their gate, and the URL of an administrator who is no superuser. */
export async function startRdsPair(): Promise<RdsPair> {
  const pair = await startPostgresPair();
  await makeMaster(pair);
  const moto = await startMoto();
  const groups = { a: await prepare(moto, regions.a), b: await prepare(moto, regions.b) };
  const isolation = { a: groups.a.isolation, b: groups.b.isolation };
  const untag = (region: string, id: string) => removeTags(moto, region, id);
  const isolating = new Set(Object.values(isolation));
  const settings = { isolating, untag, pace: 150, promotes: true };
  const instances = new RdsInstances(pair, settings);
  const front = await startAwsFront(moto, instances.serve);
  const [a, b] = [
    await stand(instances, { pair, name: 'a', ...groups.a }),
    await stand(instances, { pair, name: 'b', ...groups.b }),
  ];
  b.source = a;
  await createInMoto(moto, groups);
  const nodes = { a: nodeOf(instances, a, 'a'), b: nodeOf(instances, b, 'b') };
  const unlit = new Set<NodeName>();
  return {
    ...{ dark: unlit, front, instances, settings, isolation, port: pair.port, ...nodes },
    application: pair.application.replace(pair.a.address, a.address),
    copy: pair.copy,
    control: (name) => ({
      ...{ instance: `orders-${name}`, region: regions[name] },
      ...{ endpoint: front.endpoint, isolation: isolation[name] },
    }),
    async darken(name) {
      unlit.add(name);
      front.break(({ region }) => (region === regions[name] ? 'hang' : undefined));
      const dark = instances.all.filter(({ region }) => region === regions[name]);
      for (const { gate, machine } of dark) {
        gate?.set('dark');
        await machine?.signal('SIGKILL').catch(() => undefined);
      }
    },
    async stop() {
      await front.stop();
      await Promise.all([...instances.gates.values()].map((gate) => gate.stop()));
      await pair.stop();
    },
  };
}

/** As the master user of RDS: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Roles.rds_superuser.html */
async function makeMaster({ a }: PostgresPair): Promise<void> {
  const password = new URL(a.url).password;
  await a.query(
    `create role rds_superuser createrole createdb; grant pg_monitor, pg_signal_backend, pg_checkpoint to rds_superuser;
     create role master login createrole createdb password '${password}'; grant rds_superuser to master;
     alter database shop owner to master`,
  );
}

interface Standing extends Groups {
  readonly pair: PostgresPair;
  readonly name: NodeName;
}

async function stand(
  instances: RdsInstances,
  { pair, name, open, vpc }: Standing,
): Promise<Instance> {
  const machine = pair[name];
  const address = machine.address.replace(/\d+$/, (last) => String(100 + Number(last)));
  const { port } = pair;
  const gate: Gate = await startGate({ address, port }, { address: machine.address, port });
  instances.gates.set(address, gate);
  const instance: Instance = {
    ...{ id: `orders-${name}`, region: regions[name], machine, gate, address, port, vpc },
    ...{ status: 'available', source: undefined, groups: [open], changing: [] },
  };
  instances.all.push(instance);
  return instance;
}

/** Of whichever server stands behind the identifier now; SQL of the tests goes past the gate, as superuser. */
function nodeOf(instances: RdsInstances, { address, port }: Instance, name: NodeName): PairNode {
  const machine = (): PairNode => {
    const found = instances.find(regions[name], `orders-${name}`) ?? instances.all.at(-1);
    if (found?.machine === undefined) throw new Error(`orders-${name} has no server`);
    return found.machine;
  };
  const url = new URL(machine().url);
  [url.hostname, url.port, url.username] = [address, String(port), 'master'];
  return {
    ...{ name, address, url: url.href },
    get data() {
      return machine().data;
    },
    get control() {
      return machine().control;
    },
    query: (sql, as) => {
      const rows = machine().query<never>(sql, as);
      return as === undefined ? rows : Promise.race([rows, tooLate()]);
    },
    signal: (signal) => machine().signal(signal),
    ctl: (...words) => machine().ctl(...words),
  };
}

/** A client that is let in is answered long before. */
async function tooLate(): Promise<never> {
  await sleep(1500);
  throw new Error('no answer in 1.5 s');
}

interface Groups {
  readonly open: string;
  readonly isolation: string;
  readonly subnets: string;
  readonly vpc: string;
}

const clientOf = ({ endpoint, credentials }: S3Server, region: string) => {
  const settings = { endpoint, credentials, region };
  return { rds: new RDS(settings), ec2: new EC2(settings) };
};

async function removeTags(moto: S3Server, region: string, id: string): Promise<void> {
  const { rds } = clientOf(moto, region);
  const ResourceName = `arn:aws:rds:${region}:123456789012:db:${id}`;
  const { TagList = [] } = await rds.listTagsForResource({ ResourceName });
  const TagKeys = TagList.map(({ Key }) => String(Key));
  await rds.removeTagsFromResource({ ResourceName, TagKeys });
}

/** What a team has there before: a network, a group for clients, and one that lets nobody in. */
async function prepare(moto: S3Server, region: string): Promise<Groups> {
  const { rds, ec2 } = clientOf(moto, region);
  const { Subnets = [] } = await ec2.describeSubnets();
  const VpcId = String(Subnets[0]?.VpcId);
  const group = async (GroupName: string) => {
    const made = await ec2.createSecurityGroup({ GroupName, VpcId, Description: GroupName });
    return String(made.GroupId);
  };
  const [open, isolation] = [await group('clients'), await group('isolation')];
  const port = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432 };
  await ec2.authorizeSecurityGroupIngress({
    GroupId: open,
    IpPermissions: [{ ...port, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
  });
  await rds.createDBSubnetGroup({
    DBSubnetGroupName: 'databases',
    DBSubnetGroupDescription: 'databases',
    SubnetIds: Subnets.map(({ SubnetId }) => String(SubnetId)),
  });
  return { open, isolation, subnets: 'databases', vpc: VpcId };
}

async function createInMoto(
  moto: S3Server,
  groups: Readonly<Record<NodeName, Groups>>,
): Promise<void> {
  const [source, replica] = [clientOf(moto, regions.a).rds, clientOf(moto, regions.b).rds];
  await source.createDBInstance({
    ...{ DBInstanceIdentifier: 'orders-a', DBInstanceClass: 'db.t4g.micro', Engine: 'postgres' },
    ...{ EngineVersion: '15.8', AllocatedStorage: 20, BackupRetentionPeriod: 7 },
    ...{ MasterUsername: 'master', MasterUserPassword: 'of-no-importance' },
    ...{ VpcSecurityGroupIds: [groups.a.open], DBSubnetGroupName: groups.a.subnets },
  });
  await replica.createDBInstanceReadReplica({
    DBInstanceIdentifier: 'orders-b',
    SourceDBInstanceIdentifier: `arn:aws:rds:${regions.a}:123456789012:db:orders-a`,
    ...{ VpcSecurityGroupIds: [groups.b.open], DBSubnetGroupName: groups.b.subnets },
  });
}
