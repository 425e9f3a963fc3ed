/** A cluster whose failovers run in a stack: two servers, their instances, a hosted zone, a team that is told. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { stringify } from 'yaml';
import { runJson } from '../cli/run-cli.ts';
import { startMinistack } from '../servers/ministack.ts';
import { type PostgresPair, startPostgresPair } from '../servers/postgres-pair.ts';
import { type Deployment, deploy } from './lab/deployment.ts';
import { type Inbox, openInbox } from './lab/inbox.ts';
import { makeSecret } from './lab/recovery-place.ts';
import type { Cloud } from './lab.ts';

export interface FailoverWorld {
  readonly pair: PostgresPair;
  readonly deployment: Deployment;
  readonly inbox: Inbox;
  /** As the console of Step Functions does: a machine and one line of input. Gives the execution's ARN. */
  start(machine: 'Failover' | 'Approve' | 'FailoverPlan', input: object): Promise<string>;
  finished(executionArn: string): Promise<DescribeExecutionCommandOutput>;
  stop(executionArn: string): Promise<void>;
  /** What the hosted zone says: `name type` → values. */
  records(): Promise<Readonly<Record<string, readonly string[]>>>;
  /** As a browser follows a link to a function URL, whose name leads to the emulator. */
  follow(link: string, method: 'GET' | 'POST'): Promise<{ status: number; page: string }>;
  holdfast(...words: string[]): ReturnType<typeof runJson>;
  close(): Promise<void>;
}

const stage = 'lab';
const zone = 'example.test';
/** Of links that approve. */
export const linkKey = 'k'.repeat(40);

export async function buildFailoverWorld(): Promise<FailoverWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-failover-'));
  const [pair, emulator] = await Promise.all([startPostgresPair(), startEmulator(folder)]);
  const close = async () => {
    await Promise.all([pair.stop(), emulator.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return await populate({ folder, pair, cloud: emulator }, close);
  } catch (error) {
    await close();
    throw error;
  }
}

/** Functions alone run in it: no container is needed. */
async function startEmulator(folder: string): Promise<Cloud> {
  const program = resolve(import.meta.dirname, 'lab/emulator.py');
  const env = { TASK_CREDENTIAL_SECONDS: '3600', LAB_EFS: join(folder, 'efs') };
  const { endpoint, credentials, stop } = await startMinistack({ auth: true, program, env });
  const region = 'us-east-1';
  const none = () => Promise.reject(new Error('there are no containers'));
  return {
    ...{ endpoint, region, account: '000000000000', port: Number(new URL(endpoint).port) },
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
    },
    client: { endpoint, region, credentials },
    ...{ accessPoint: () => folder, podman: none, logs: none, stop },
  };
}

interface Place {
  readonly folder: string;
  readonly pair: PostgresPair;
  readonly cloud: Cloud;
}

async function populate(place: Place, closePlace: () => Promise<void>): Promise<FailoverWorld> {
  const { folder, pair, cloud } = place;
  const names = new Route53Client(cloud.client);
  const [inbox, zoneId] = await Promise.all([
    openInbox(cloud, 'team'),
    makeZone(names, pair.a.address),
    makeSecret(cloud, 'orders-a', pair.a.url),
    makeSecret(cloud, 'orders-b', pair.b.url),
    makeSecret(cloud, 'orders-app', pair.application),
    makeSecret(cloud, 'approvals', linkKey),
  ]);
  const config = join(folder, 'holdfast.yaml');
  await writeFile(config, stringify(configuration(place, { zoneId, topic: inbox.topicArn })));
  const deployment = await deploy(cloud, { stage, config, folder: join(folder, 'package') });
  const sfn = new SFNClient(cloud.client);
  const environment = { ...cloud.env, NO_COLOR: '1' };
  return {
    ...{ pair, deployment, inbox },
    ...executionsOf(sfn, deployment),
    records: () => readRecords(names, zoneId),
    follow: (link, method) => follow(cloud, new URL(link), method),
    holdfast: (...words) => runJson([...words, '--stage', stage], { cwd: folder, environment }),
    async close() {
      sfn.destroy();
      names.destroy();
      inbox.close();
      await closePlace();
    },
  };
}

function executionsOf(sfn: SFNClient, { outputs }: Deployment) {
  return {
    start: async (machine: string, input: object) => {
      const stateMachineArn = outputs[`${machine}MachineArn`];
      const given = { stateMachineArn, input: JSON.stringify(input) };
      return String((await sfn.send(new StartExecutionCommand(given))).executionArn);
    },
    stop: async (executionArn: string) => {
      await sfn.send(new StopExecutionCommand({ executionArn }));
    },
    finished: async (executionArn: string) => {
      for (let waited = 0; waited < 150_000; waited += 250) {
        const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (execution.status !== 'RUNNING') return execution;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      throw new Error(`${executionArn} did not end`);
    },
  };
}

function follow({ port }: Cloud, { host, pathname, search }: URL, method: string) {
  const options = { port, method, path: `${pathname}${search}`, headers: { host } };
  return new Promise<{ status: number; page: string }>((resolve, reject) => {
    const asked = request({ hostname: '127.0.0.1', ...options }, async (answer) => {
      resolve({ status: answer.statusCode ?? 0, page: await text(answer) });
    });
    asked.once('error', reject).end();
  });
}

async function makeZone(names: Route53Client, address: string): Promise<string> {
  const created = await names.send(
    new CreateHostedZoneCommand({ Name: `${zone}.`, CallerReference: 'once' }),
  );
  const id = String(created.HostedZone?.Id).replace('/hostedzone/', '');
  const { ChangeResourceRecordSetsCommand } = await import('@aws-sdk/client-route-53');
  const record = {
    Name: `db.${zone}.`,
    Type: 'A' as const,
    TTL: 5,
    ResourceRecords: [{ Value: address }],
  };
  const Changes = [{ Action: 'CREATE' as const, ResourceRecordSet: record }];
  const change = { HostedZoneId: id, ChangeBatch: { Changes } };
  await names.send(new ChangeResourceRecordSetsCommand(change));
  return id;
}

async function readRecords(names: Route53Client, HostedZoneId: string) {
  const { ResourceRecordSets = [] } = await names.send(
    new ListResourceRecordSetsCommand({ HostedZoneId }),
  );
  const own = ResourceRecordSets.filter(({ Type }) => Type === 'A' || Type === 'TXT');
  return Object.fromEntries(
    own.map(({ Name, Type, ResourceRecords = [] }) => [
      `${Name} ${Type}`,
      ResourceRecords.map(({ Value }) => String(Value)),
    ]),
  );
}

function configuration(
  { pair: { a, b } }: Place,
  { zoneId, topic }: { readonly zoneId: string; readonly topic: string },
) {
  const node = (name: string, instance: string, control: object) => ({
    connection: `secretsmanager:orders-${name}#url`,
    control: { ssm: { instance, ...control } },
  });
  const dns = { provider: 'route53', zoneId, zone, name: 'db', ttl: 5 };
  return {
    vault: {
      primary: {
        url: 's3://acme-vault',
        region: 'us-east-1',
        lock: { mode: 'governance', days: 1 },
      },
      leases: { url: 's3://acme-leases', region: 'us-east-1' },
      encryption: { recipients: [{ kms: 'stack' }] },
      signing: { kms: 'stack' },
    },
    sources: {
      orders: {
        engine: 'postgres',
        connection: 'secretsmanager:orders-app#url',
        policies: { often: { method: 'dump', keep: { last: 20 } } },
      },
    },
    clusters: {
      orders: {
        engine: 'postgres',
        nodes: {
          a: node('a', 'i-0aaaaaaaaaaaaaaaa', a.control),
          b: node('b', 'i-0bbbbbbbbbbbbbbbb', b.control),
        },
        application: 'secretsmanager:orders-app#url',
        dns: [{ ...dns, values: { a: a.address, b: b.address } }],
        detection: { automatic: true, failures: 2, every: '1s' },
        approval: { link: 'secretsmanager:approvals#url' },
        freeze: [{ source: 'orders' }],
        smoke: [{ sql: 'select count(*) from ledger' }],
      },
    },
    alerts: {
      channels: { bus: { sns: topic } },
      routes: [
        {
          on: ['failover.awaiting-approval', 'failover.rolled-back', 'failover.primary-down'],
          to: ['bus'],
        },
      ],
    },
    deploy: {},
  };
}
