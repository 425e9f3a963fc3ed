/** The deployed form at work: a database, its secret, a team that is told, and the stack of a holdfast.yaml. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { stringify } from 'yaml';
import { type AlertState, alertStateSchema } from '../../src/core/alerts/index.ts';
import { layout } from '../../src/core/layout.ts';
import { type Ran, runCli } from '../cli/run-cli.ts';
import { type PostgresFixture, startPostgres } from '../servers/postgres.ts';
import { type Deployment, deploy } from './lab/deployment.ts';
import { type Inbox, openInbox } from './lab/inbox.ts';
import { makeRecoveryPlace, makeSecret, recoveryRegion } from './lab/recovery-place.ts';
import { type Cloud, makeTaskImages, startCloud } from './lab.ts';

export interface DeployedWorld {
  readonly cloud: Cloud;
  readonly server: PostgresFixture;
  readonly deployment: Deployment;
  /** What the team was told, by the channel `bus`. */
  readonly inbox: Inbox;
  /** What a second channel of the same routes got. */
  readonly mirror: Inbox;
  /** Starts the machine `backup` as its console would; gives the execution's ARN. */
  start(input: { readonly source: string; readonly scheduledTime?: string }): Promise<string>;
  /** Waits for the end. */
  finished(executionArn: string, cloud?: Cloud): Promise<DescribeExecutionCommandOutput>;
  backup(source: string): Promise<DescribeExecutionCommandOutput>;
  restore(input: {
    readonly source: string;
    readonly target?: string;
    readonly overwrite?: boolean;
  }): Promise<DescribeExecutionCommandOutput>;
  /** The newest execution of a machine. */
  newest(machine: string): Promise<DescribeExecutionCommandOutput | undefined>;
  /** What the vault remembers of an alert. */
  alert(name: string): Promise<AlertState>;
  /** An execution of the machine `health`, to its end. */
  checkHealth(): Promise<DescribeExecutionCommandOutput>;
  /** Deploys the same with `change` made to its configuration. */
  update(change: (configuration: Configuration) => Configuration): Promise<void>;
  /** The command line on this machine, on the vault itself. */
  holdfast(...words: string[]): Promise<Ran>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly auth?: boolean;
  /** How long credentials of a task are good; an hour when absent. */
  readonly taskCredentialSeconds?: number;
  /** Each a database of its own on the server, with a table of 1000 rows. */
  readonly sources: Readonly<Record<string, SourceOptions>>;
  /** `deploy.network`. */
  readonly network?: (cloud: Cloud) => Promise<object>;
  /** Limits of functions, in seconds. */
  readonly timeouts?: Readonly<Record<string, number>>;
  /** Directories, each on an access point of its own. */
  readonly mounted?: Readonly<Record<string, MountedSource>>;
  /** Prefixes of buckets. */
  readonly buckets?: Readonly<Record<string, BucketSource>>;
  /** Where the vault is reached, when it is not the emulator itself. */
  readonly front?: (cloud: Cloud) => Promise<string>;
  /** A second stack, in `recoveryRegion`. */
  readonly recovery?: boolean;
}

interface SourceOptions {
  readonly schedule?: string;
  readonly rpo?: string;
  readonly deploy?: object;
}

/** What holdfast.yaml holds. */
export type Configuration = ReturnType<typeof configuration>;

export interface MountedSource {
  readonly path: string;
  readonly fileSystem: string;
  readonly accessPoint: string;
}

export interface BucketSource {
  readonly path: string;
  readonly deploy?: { readonly restoreTo: string };
}

export const stage = 'lab';

/** Ends what it has started when it cannot be built. */
export async function buildDeployedWorld(options: WorldOptions): Promise<DeployedWorld> {
  const images = await makeTaskImages();
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-deployed-'));
  const [cloud, server] = await Promise.all([startCloud(options), startPostgres()]);
  const place: Place = { cloud, server, folder, images };
  const close = async () => {
    await Promise.all([cloud.stop(), server.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return await populate(options, place, close);
  } catch (error) {
    await close();
    throw error;
  }
}

interface Place {
  readonly cloud: Cloud;
  readonly server: PostgresFixture;
  readonly folder: string;
  readonly images: Awaited<ReturnType<typeof makeTaskImages>>;
}

async function populate(
  options: WorldOptions,
  place: Place,
  closePlace: () => Promise<void>,
): Promise<DeployedWorld> {
  const { cloud, server, folder } = place;
  const inbox = await openInbox(cloud, 'team');
  const mirror = await openInbox(cloud, 'mirror');
  for (const source of Object.keys(options.sources)) await makeSource(cloud, server, source);
  const sources = Object.keys(options.sources);
  const recovered = options.recovery
    ? await makeRecoveryPlace(cloud, server, { stage, sources })
    : (same: Configuration) => same;
  const front = await options.front?.(cloud);
  const network = await options.network?.(cloud);
  const config = join(folder, 'holdfast.yaml');
  const topics = [inbox.topicArn, mirror.topicArn] as const;
  const yaml = configuration(options, { topics, front, deploy: deploySection(place, network) });
  const write = (change: Change = (same) => same) =>
    writeFile(config, stringify(recovered(change(yaml))));
  await write();
  const given = { stage, config, folder: join(folder, 'package') };
  const { timeouts = {} } = options;
  const deployment = await deploy(cloud, { ...given, timeouts, recoveryRegion });
  const sfn = new SFNClient(cloud.client);
  const environment = {
    ...cloud.env,
    NO_COLOR: '1',
    HOLDFAST_VAULT_KEY_ARN: String(deployment.outputs['VaultKeyArn']),
    HOLDFAST_SIGNING_KEY_ARN: String(deployment.outputs['SigningKeyArn']),
  };
  return {
    cloud,
    server,
    deployment,
    inbox,
    mirror,
    alert: (name) => readAlert(cloud, name),
    async update(change) {
      await write(change);
      await deployment.update();
    },
    ...operationsOf(sfn, deployment),
    holdfast: (...words) => runCli(words, { cwd: folder, environment }),
    async close() {
      sfn.destroy();
      inbox.close();
      mirror.close();
      await closePlace();
    },
  };
}

type Change = Parameters<DeployedWorld['update']>[0];

const deploySection = ({ images }: Place, network: object | undefined) => ({
  ...(network && { network }),
  tasks: { cpu: 1024, memoryMiB: 2048, architecture: arch() === 'arm64' ? 'arm64' : 'x86_64' },
  images: { dump: images.dump.image, drill: images.drill.image },
});

async function makeSource(cloud: Cloud, server: PostgresFixture, name: string): Promise<void> {
  await server.query(`create database ${name}`);
  await server.query(
    `create table orders as select n as id, md5(n::text) as token from generate_series(1, 1000) n;
     alter table orders add primary key (id)`,
    { database: name },
  );
  await makeSecret(cloud, `${name}-db`, server.urlOf(name));
}

interface Surroundings {
  readonly topics: readonly [string, string];
  readonly front: string | undefined;
  readonly deploy: ReturnType<typeof deploySection>;
}

function configuration(
  { sources, mounted = {}, buckets = {} }: WorldOptions,
  { topics: [bus, mirror], front, deploy }: Surroundings,
) {
  const source = (name: string, { schedule, rpo = '1h', deploy }: SourceOptions) => ({
    ...(deploy && { deploy }),
    engine: 'postgres',
    connection: `secretsmanager:${name}-db#url`,
    policies: { often: { method: 'dump', keep: { last: 20 }, ...(schedule && { schedule }) } },
    objectives: { rpo },
  });
  const files = {
    engine: 'files',
    policies: { often: { method: 'incremental', full: 'weekly', keep: { last: 20 } } },
  };
  const directory = ({ path, ...efs }: MountedSource) => ({ ...files, path, deploy: { efs } });
  const primary = {
    url: 's3://acme-vault',
    region: 'us-east-1',
    lock: { mode: 'governance', days: 1 },
  };
  return {
    vault: {
      primary: { ...primary, ...(front && { endpoint: front, pathStyle: true }) },
      leases: { url: 's3://acme-leases', region: 'us-east-1' },
      encryption: { recipients: [{ kms: 'stack' }] },
      signing: { kms: 'stack' },
    },
    sources: Object.fromEntries([
      ...Object.entries(sources).map(([name, given]) => [name, source(name, given)]),
      ...Object.entries(mounted).map(([name, given]) => [name, directory(given)]),
      ...Object.entries(buckets).map(([name, given]) => [name, { ...files, ...given }]),
    ]),
    alerts: {
      channels: { bus: { sns: bus }, mirror: { sns: mirror } },
      routes: [{ on: ['backup.failed', 'backup.stale', 'verify.failed'], to: ['bus', 'mirror'] }],
    },
    deploy,
  };
}

function operationsOf(sfn: SFNClient, { outputs }: Deployment) {
  const startMachine = async (name: string, input: object) => {
    const given = { stateMachineArn: outputs[name], input: JSON.stringify(input) };
    const { executionArn } = await sfn.send(new StartExecutionCommand(given));
    return String(executionArn);
  };
  const start: DeployedWorld['start'] = (input) =>
    startMachine('BackupMachineArn', { policy: 'often', ...input });
  const describe = (executionArn: string, client = sfn) =>
    client.send(new DescribeExecutionCommand({ executionArn }));
  const finished: DeployedWorld['finished'] = async (executionArn, cloud) => {
    const there = cloud && new SFNClient(cloud.client);
    for (let waited = 0; waited < 120_000; waited += 250) {
      const execution = await describe(executionArn, there);
      if (execution.status !== 'RUNNING') return execution;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    throw new Error(`${executionArn} did not end`);
  };
  return {
    start,
    finished,
    backup: async (source: string) => finished(await start({ source })),
    async checkHealth() {
      const stateMachineArn = String(outputs['HealthMachineArn']);
      const given = { stateMachineArn, input: '{}' };
      const { executionArn } = await sfn.send(new StartExecutionCommand(given));
      return finished(String(executionArn));
    },
    restore: async (input: object) => finished(await startMachine('RestoreMachineArn', input)),
    async newest(machine: string) {
      const stateMachineArn = String(outputs['BackupMachineArn']).replace(/backup$/, machine);
      const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
      const [newest] = executions;
      return newest?.executionArn === undefined ? undefined : describe(newest.executionArn);
    },
  };
}

async function readAlert(cloud: Cloud, name: string): Promise<AlertState> {
  const client = new S3Client({ ...cloud.client, forcePathStyle: true });
  const place = { Bucket: 'acme-vault', Key: layout.alert(name) };
  const { Body } = await client.send(new GetObjectCommand(place));
  const text = String(await Body?.transformToString());
  client.destroy();
  return alertStateSchema.parse(JSON.parse(text));
}
