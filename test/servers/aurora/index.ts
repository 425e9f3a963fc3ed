/**
 * An Aurora global database of two Regions: two streaming servers of PostgreSQL, each behind a writer endpoint and a
 * reader endpoint, and the API that promotes them.
 */
import { execFile } from 'node:child_process';
import { appendFile, chown, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateGlobalClusterCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { startMoto } from '../moto.ts';
import { type PairNode, type PostgresPair, startPostgresPair } from '../postgres-pair.ts';
import { type Endpoint, startEndpoint } from './endpoint.ts';
import { type Front, type GlobalState, startFront, type Weather } from './front.ts';
import { statusFunction } from './status-function.ts';

export interface AuroraMember {
  readonly name: 'a' | 'b';
  readonly arn: string;
  /** For `control: { aurora: … }`. */
  readonly place: {
    readonly cluster: string;
    readonly globalCluster: string;
    readonly region: string;
  };
  /** The administrator's URL at the cluster endpoint. */
  readonly url: string;
  /** The application's. */
  readonly application: string;
  readonly server: PairNode;
}

const places = {
  a: { region: 'us-east-1', cluster: 'orders-east', globalCluster: 'orders' },
  b: { region: 'us-west-2', cluster: 'orders-west', globalCluster: 'orders' },
} as const;
const arnOf = (name: 'a' | 'b') =>
  `arn:aws:rds:${places[name].region}:123456789012:cluster:${places[name].cluster}`;
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const run = promisify(execFile);

type Endpoints = Readonly<
  Record<'a' | 'b', { readonly writer: Endpoint; readonly reader: Endpoint }>
>;

interface Made {
  readonly pair: PostgresPair;
  readonly front: Front;
  readonly state: GlobalState;
  readonly weather: Weather;
  readonly endpoints: Endpoints;
  readonly stopMoto: () => Promise<void>;
  readonly moto: string;
}

export class AuroraPair {
  readonly a: AuroraMember;
  readonly b: AuroraMember;
  readonly weather: Weather;
  readonly front: Front;
  readonly pair: PostgresPair;
  /** A promotion that is asked for stays pending until a test goes on. */
  stuck = false;
  private readonly state: GlobalState;
  private readonly endpoints: Endpoints;
  private readonly stopMoto: () => Promise<void>;
  private readonly moto: string;

  private constructor(made: Made) {
    [this.pair, this.front, this.weather] = [made.pair, made.front, made.weather];
    [this.state, this.endpoints, this.stopMoto] = [made.state, made.endpoints, made.stopMoto];
    this.moto = made.moto;
    this.a = this.member('a');
    this.b = this.member('b');
  }

  static async start(): Promise<AuroraPair> {
    const [pair, moto] = await Promise.all([startPostgresPair(), startMoto()]);
    await prepare(pair);
    const endpoints = {
      a: await endpointsOf(pair.a, pair.port),
      b: await endpointsOf(pair.b, pair.port),
    };
    const members = Object.fromEntries(
      (['a', 'b'] as const).map((name) => [
        arnOf(name),
        { writer: endpoints[name].writer.address, reader: endpoints[name].reader.address },
      ]),
    );
    const state: GlobalState = { members, writer: arnOf('a'), change: undefined };
    const weather: Weather = { dark: new Set(), denied: new Set(), swallowed: new Set() };
    const begun: { aurora?: AuroraPair } = {};
    const promote = (kind: 'switchover' | 'failover', to: string) =>
      void begun.aurora?.change(kind, to === arnOf('a') ? 'a' : 'b');
    const front = await startFront({ moto, state, weather, promote });
    const made = {
      pair,
      front,
      state,
      weather,
      endpoints,
      stopMoto: moto.stop,
      moto: moto.endpoint,
    };
    const aurora = new AuroraPair(made);
    begun.aurora = aurora;
    endpoints.b.writer.set('inactive');
    await createClusters(moto.endpoint);
    return aurora;
  }

  private member(name: 'a' | 'b'): AuroraMember {
    const { pair } = this;
    const host = this.endpoints[name].writer.address;
    const at = (url: string) => Object.assign(new URL(url), { hostname: host }).href;
    const administrator = Object.assign(new URL(at(pair[name].url)), { username: 'admin' }).href;
    return {
      ...{ name, arn: arnOf(name), place: places[name], server: pair[name] },
      ...{ url: administrator, application: at(pair.application) },
    };
  }

  /** For `process.env` of whoever calls the API. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_RDS: this.front.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
  }

  /** What Aurora does: demotes, drains and promotes, or promotes what is left. */
  private async change(kind: 'switchover' | 'failover', name: 'a' | 'b'): Promise<void> {
    const [from, to] = name === 'b' ? (['a', 'b'] as const) : (['b', 'a'] as const);
    while (this.stuck) await sleep(20);
    const { change } = this.state;
    if (change === undefined) return;
    this.state.change = {
      ...change,
      status: kind === 'failover' ? 'failing-over' : 'switching-over',
    };
    this.endpoints[from].writer.set('inactive');
    // The last bytes go to the standby before a server that is told to stop fast has ended.
    if (kind === 'switchover') await this.pair[from].ctl('-m', 'fast', 'stop');
    await this.pair[to].query('select pg_promote(true, 60)');
    if (kind === 'switchover') await this.follow(from, to);
    this.endpoints[to].writer.set('open');
    this.state.writer = arnOf(name);
    this.state.change = undefined;
  }

  private async follow(from: 'a' | 'b', to: 'a' | 'b'): Promise<void> {
    const { data } = this.pair[from];
    const { address, url } = this.pair[to];
    const { password } = new URL(url);
    const info = `host=${address} port=${this.pair.port} user=postgres password=${password}`;
    await appendFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${info}'\n`);
    await writeFile(join(data, 'standby.signal'), '');
    const { uid, gid } = await stat(data);
    await chown(join(data, 'standby.signal'), uid, gid);
    await this.pair[from].ctl('start');
  }

  /** The whole Region of `name` goes dark: server, endpoints and API. */
  async darken(name: 'a' | 'b'): Promise<void> {
    this.weather.dark.add(places[name].region);
    this.endpoints[name].writer.set('dark');
    this.endpoints[name].reader.set('dark');
    await this.pair[name].signal('SIGKILL');
  }

  /** It comes back, and Aurora makes a secondary of it from the new primary's volume. */
  async lighten(name: 'a' | 'b'): Promise<void> {
    const other = name === 'a' ? 'b' : 'a';
    const { data, control } = this.pair[name];
    await rm(data, { recursive: true, force: true });
    const { password, port } = new URL(this.pair[other].url);
    const as = control.user === undefined ? [] : ['runuser', '-u', control.user, '--'];
    const [program = '', ...words] = [
      ...as,
      join(control.bin, 'pg_basebackup'),
      ...['-d', `host=${this.pair[other].address} port=${port} user=postgres`, '-D', data],
      ...['-c', 'fast', '-X', 'stream', '-R'],
    ];
    await run(program, words, {
      cwd: '/',
      env: { PATH: process.env['PATH'], PGPASSWORD: password },
    });
    await this.pair[name].ctl('start');
    await this.keepVolume(places[name]);
    this.weather.dark.delete(places[name].region);
    this.endpoints[name].reader.set('open');
    this.endpoints[name].writer.set('inactive');
  }

  /** What the old primary had at the failover, as Aurora names it. */
  private async keepVolume({ region, cluster }: AuroraMember['place']): Promise<void> {
    const client = new RDSClient({ endpoint: this.moto, region, credentials });
    const name = `rds:unplanned-global-failover-${cluster}-2026-11-28-12-00`;
    const asked = { DBClusterIdentifier: cluster, DBClusterSnapshotIdentifier: name };
    await client.send(new CreateDBClusterSnapshotCommand(asked));
  }

  async stop(): Promise<void> {
    this.stuck = false;
    const all = [this.endpoints.a, this.endpoints.b].flatMap(({ writer, reader }) => [
      writer,
      reader,
    ]);
    await Promise.all([...all, this.front, this.pair].map((each) => each.stop()));
    await this.stopMoto();
  }
}

/** `admin` is what RDS gives to whoever makes a cluster: no superuser. */
async function prepare({ a, b, application }: PostgresPair): Promise<void> {
  const { password } = new URL(application);
  await a.query(`create role admin login createrole password '${password}' in role pg_monitor, pg_signal_backend;
    alter database shop owner to admin`);
  await a.query(statusFunction({ [a.address]: places.a.region, [b.address]: places.b.region }));
}

/** 127.0.n.2 → .12 and .22 */
async function endpointsOf({ address }: PairNode, port: number) {
  const at = (shift: number) => address.replace(/\d+$/, (last) => String(Number(last) + shift));
  const target = { host: address, port };
  return {
    writer: await startEndpoint(at(10), target),
    reader: await startEndpoint(at(20), target),
  };
}

async function createClusters(endpoint: string): Promise<void> {
  const engine = { Engine: 'aurora-postgresql', EngineVersion: '15.10' };
  const client = (region: string) => new RDSClient({ endpoint, region, credentials });
  await client('us-east-1').send(
    new CreateGlobalClusterCommand({ GlobalClusterIdentifier: 'orders', ...engine }),
  );
  for (const { region, cluster } of [places.a, places.b]) {
    const first = region === 'us-east-1' && {
      MasterUsername: 'admin',
      MasterUserPassword: 'of-moto-only',
    };
    await client(region).send(
      new CreateDBClusterCommand({
        ...{ DBClusterIdentifier: cluster, GlobalClusterIdentifier: 'orders', ...engine },
        ...first,
      }),
    );
    await client(region).send(
      new CreateDBInstanceCommand({
        DBInstanceIdentifier: `${cluster}-1`,
        ...{ DBInstanceClass: 'db.r6g.large', Engine: engine.Engine, DBClusterIdentifier: cluster },
      }),
    );
  }
}
