/**
 * An Aurora global database of two Regions: two streaming servers of PostgreSQL, each behind a writer endpoint and a
 * reader endpoint, and moto as their API, behind a front that knows how they are promoted.
 */
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AwsCall, type AwsFront, type Fault, startAwsFront } from '../aws-front.ts';
import { startMoto } from '../moto.ts';
import { type PairNode, type PostgresPair, startPostgresPair } from '../postgres-pair.ts';
import type { S3Server } from '../versitygw.ts';
import { type GlobalState, type Kind, serveGlobal } from './global-api.ts';
import {
  arnOf,
  createInMoto,
  type Endpoints,
  keepVolume,
  type Name,
  names,
  openEndpoints,
  otherOf,
  places,
  prepareServers,
} from './members.ts';
import { copyAgain, makeFollow } from './servers.ts';

export interface AuroraMember {
  readonly name: Name;
  readonly arn: string;
  readonly place: (typeof places)[Name];
  /** The administrator's URL at the cluster endpoint. */
  readonly url: string;
  /** The application's. */
  readonly application: string;
  readonly server: PairNode;
}

interface Made {
  readonly pair: PostgresPair;
  readonly moto: S3Server;
  readonly endpoints: Readonly<Record<Name, Endpoints>>;
}

export class AuroraPair {
  readonly a: AuroraMember;
  readonly b: AuroraMember;
  readonly pair: PostgresPair;
  /** A promotion that is asked for stays pending until a test goes on. */
  stuck = false;
  /** `us-west-2 SwitchoverGlobalCluster`, or with the target behind it: what the API does with it. */
  readonly faults = new Map<string, Fault>();
  /** What was asked, whatever came of it: `us-west-2 SwitchoverGlobalCluster orders-west`. */
  readonly asked: string[] = [];
  private readonly made: Made;
  private readonly state: GlobalState;
  private readonly dark = new Set<string>();
  private opened: AwsFront | undefined;

  private constructor(made: Made) {
    [this.made, this.pair] = [made, made.pair];
    const members = names.map((name) => [arnOf(name), made.endpoints[name].addresses]);
    this.state = {
      members: Object.fromEntries(members),
      writer: arnOf('a'),
      change: undefined,
    };
    [this.a, this.b] = [this.member('a'), this.member('b')];
  }

  static async start(): Promise<AuroraPair> {
    const [pair, moto] = await Promise.all([startPostgresPair(), startMoto()]);
    const endpoints = { a: await openEndpoints(pair, 'a'), b: await openEndpoints(pair, 'b') };
    endpoints.b.writer.set('inactive');
    await prepareServers(pair);
    await createInMoto(moto);
    const aurora = new AuroraPair({ pair, moto, endpoints });
    await aurora.openFront();
    return aurora;
  }

  private async openFront(): Promise<void> {
    const serve = serveGlobal(this.state, {
      begin: (kind, to) => void this.change(kind, to === arnOf('a') ? 'a' : 'b'),
      isDark: (arn) => this.dark.has(arn.split(':')[3] ?? ''),
    });
    this.opened = await startAwsFront(this.made.moto, serve);
    this.opened.break((call) => this.faultOf(call));
  }

  private faultOf({ region, action, parameters }: AwsCall): Fault | undefined {
    const target = parameters.get('TargetDbClusterIdentifier')?.split(':').at(-1) ?? '';
    this.asked.push(`${region} ${action} ${target}`.trim());
    if (this.dark.has(region)) return 'hang';
    const { faults } = this;
    return faults.get(`${region} ${action} ${target}`) ?? faults.get(`${region} ${action}`);
  }

  get front(): AwsFront {
    if (this.opened === undefined) throw new Error('the API is not open yet');
    return this.opened;
  }

  private member(name: Name): AuroraMember {
    const { pair, endpoints } = this.made;
    const hostname = endpoints[name].addresses.writer;
    const at = (url: string, more: object = {}) =>
      Object.assign(new URL(url), { hostname, ...more }).href;
    return {
      ...{ name, arn: arnOf(name), place: places[name], server: pair[name] },
      url: at(pair[name].url, { username: 'admin' }),
      application: at(pair.application),
    };
  }

  /** Of whoever calls the API. */
  get environment(): Record<string, string> {
    const { endpoint, credentials } = this.front;
    return {
      AWS_ENDPOINT_URL_RDS: endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
  }

  /** What Aurora does: demotes, drains and promotes, or promotes what is left. */
  private async change(kind: Kind, name: Name): Promise<void> {
    const { state, pair } = this;
    const { endpoints } = this.made;
    const from = otherOf(name);
    while (this.stuck) await sleep(20);
    if (state.change === undefined) return;
    const status = kind === 'failover' ? 'failing-over' : 'switching-over';
    state.change = { ...state.change, status };
    if (kind === 'switchover') {
      endpoints[from].writer.set('inactive');
      // The last bytes go to the standby before a server that is told to stop fast has ended.
      await pair[from].ctl('-m', 'fast', 'stop');
    }
    await pair[name].query('select pg_promote(true, 60)');
    if (kind === 'switchover') await makeFollow(pair, from);
    endpoints[name].writer.set('open');
    [state.writer, state.change] = [arnOf(name), undefined];
  }

  /** The whole Region of `name` goes dark: server, endpoints and API. */
  async darken(name: Name): Promise<void> {
    this.dark.add(places[name].region);
    const { writer, reader } = this.made.endpoints[name];
    for (const gate of [writer, reader]) gate.set('dark');
    await this.pair[name].signal('SIGKILL');
  }

  /** It comes back, and Aurora makes a secondary of it from the new primary's volume. */
  async lighten(name: Name): Promise<void> {
    await rm(this.pair[name].data, { recursive: true, force: true });
    await copyAgain(this.pair, name);
    await keepVolume(this.made.moto, name);
    const { writer, reader } = this.made.endpoints[name];
    writer.set('inactive');
    reader.set('open');
    this.dark.delete(places[name].region);
  }

  async stop(): Promise<void> {
    this.stuck = false;
    const { a, b } = this.made.endpoints;
    const gates = [a, b].flatMap(({ writer, reader }) => [writer, reader]);
    await Promise.all([...gates, this.pair, this.front].map((each) => each.stop()));
  }
}
