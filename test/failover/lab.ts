/** A cluster to be failed over: two servers, a zone, a vault, the command line, and a writer that remembers. */
import { type ChildProcess, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { FailoverReport } from '../../src/core/failover/report.ts';
import { type Ran, runCli } from '../cli/run-cli.ts';
import { type Bind, keys, startBind, zoneName } from '../servers/bind.ts';
import { type PairNode, type PostgresPair, startPostgresPair } from '../servers/postgres-pair.ts';
import { type Acknowledged, startWriter, type Writer } from './writing.ts';

export type NodeName = 'a' | 'b';
export const otherOf = (node: NodeName): NodeName => (node === 'a' ? 'b' : 'a');

export interface Answer extends Ran {
  readonly outcome: string | undefined;
  readonly code: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what the command line prints.
  readonly result: any;
}

/** What happens inside of the process, at one boundary: see at-boundary.ts. */
export interface Boundary {
  readonly at?: string;
  readonly do?: string;
  /** Of the process's clock, in seconds. */
  readonly skew?: number;
  /** Called with the process. */
  readonly during?: (child: ChildProcess) => void;
}

export class FailoverLab {
  readonly pair: PostgresPair;
  readonly bind: Bind;
  readonly folder: string;
  readonly environment: Record<string, string>;
  private writer: Writer | undefined;
  private readonly key = randomBytes(32).toString('base64');
  private firstId = 1;

  /** As `engine:` names it. */
  protected readonly engine: string = 'postgres';

  protected constructor(pair: PostgresPair, bind: Bind, folder: string) {
    [this.pair, this.bind, this.folder] = [pair, bind, folder];
    this.environment = this.given();
  }

  protected given(): Record<string, string> {
    const { pair } = this;
    return {
      ORDERS_A: pair.a.url,
      ORDERS_B: pair.b.url,
      ORDERS_APP: pair.application,
      TSIG: keys.good,
      HOLDFAST_KEY: this.key,
    };
  }

  static async start(): Promise<FailoverLab> {
    const pair = await startPostgresPair();
    const bind = await startBind([`db IN A ${pair.a.address}`]);
    const lab = new FailoverLab(pair, bind, await mkdtemp(join(tmpdir(), 'holdfast-failover-')));
    await lab.configure();
    return lab;
  }

  async close(): Promise<void> {
    await this.stopWriting();
    await this.bind.stop();
    await this.pair.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** `changes` to the cluster and `others` beside it, for this test. */
  async configure(changes: object = {}, others: object = {}): Promise<void> {
    const { pair, bind, folder } = this;
    Object.assign(this.environment, this.given());
    const dns = {
      ...{ provider: 'rfc2136', server: bind.server, zone: zoneName, name: 'db', ttl: 5 },
      ...{ key: 'env:TSIG', values: { a: pair.a.address, b: pair.b.address } },
    };
    const orders = {
      engine: this.engine,
      nodes: this.nodes(),
      application: 'env:ORDERS_APP',
      budget: { bytes: 16_777_216 },
      dns: [dns],
      ...changes,
    };
    const vault = {
      primary: { url: `file://${folder}/vault` },
      encryption: { key: 'env:HOLDFAST_KEY' },
    };
    const configuration = { vault, sources: {}, clusters: { orders }, ...others };
    await writeFile(join(folder, 'holdfast.yaml'), stringify(configuration));
  }

  /** `control`: of one node, in place of what works. */
  nodes(control: Partial<Record<NodeName, object>> = {}): object {
    const node = (name: NodeName) => ({
      connection: `env:ORDERS_${name.toUpperCase()}`,
      control: { local: { ...this.pair[name].control, ...control[name] } },
    });
    return { a: node('a'), b: node('b') };
  }

  /** Whoever starts it again finds it refusing clients. */
  isFenced(node: NodeName): Promise<boolean> {
    return access(join(this.pair[node].data, 'standby.signal')).then(
      () => true,
      () => false,
    );
  }

  /** `holdfast failover VERB orders …` */
  async failover(verb: string, words: readonly string[] = [], what: Boundary = {}) {
    return this.holdfast(['failover', verb, 'orders', ...words], what);
  }

  async holdfast(words: readonly string[], what: Boundary = {}): Promise<Answer> {
    const environment = {
      ...this.environment,
      NODE_OPTIONS: `--import=${resolve('test/failover/at-boundary.ts')}`,
      ...(what.at !== undefined && { FAILOVER_AT: what.at, FAILOVER_DO: what.do ?? 'SIGKILL' }),
      ...(what.skew !== undefined && { FAILOVER_SKEW: String(what.skew) }),
    };
    const { during } = what;
    const options = { cwd: this.folder, environment, ...(during && { during }) };
    const ran = await runCli([...words, '--json'], options);
    const answer = ran.stdout.startsWith('{') ? JSON.parse(ran.stdout) : {};
    const { result, error } = answer;
    return { ...ran, result, outcome: result?.outcome, code: (result?.error ?? error)?.code };
  }

  start(words: readonly string[] = [], what: Boundary = {}): Promise<Answer> {
    return this.failover('start', ['--yes', ...words], what);
  }

  /** All that lie in the vault, oldest first, read past the program that wrote them. */
  async reports(): Promise<FailoverReport[]> {
    const place = join(this.folder, 'vault/reports/orders');
    const names = await readdir(place).catch(() => []);
    const json = names.filter((name) => name.endsWith('.json')).sort();
    return Promise.all(
      json.map(async (name) => JSON.parse(await readFile(join(place, name), 'utf8'))),
    );
  }

  async epoch(): Promise<number> {
    const names = await readdir(join(this.folder, 'vault/leases/failover-orders')).catch(() => []);
    return Math.max(0, ...names.map((name) => Number.parseInt(name, 10)));
  }

  /** Steps of a run that have ended. */
  async steps(epoch: number): Promise<string[]> {
    const place = join(this.folder, `vault/state/failover/orders/${epoch}`);
    const names = await readdir(place).catch(() => []);
    return names.map((name) => name.replace(/\.json$/, ''));
  }

  /** For a shell: what makes the newest claim one that expired. */
  get expireCommand(): string {
    const claims = join(this.folder, 'vault/leases/failover-orders');
    return `cd ${claims} && sed -i -E 's/("expiresAt": *)"[^"]*"/\\1"2020-01-01T00:00:00.000Z"/' $(ls | tail -1)`;
  }

  async expireClaim(): Promise<void> {
    await promisify(execFile)('sh', ['-c', this.expireCommand]);
  }

  /** For a shell in the lab's folder. */
  readonly command = `${process.execPath} ${resolve('src/cli/holdfast.ts')}`;

  /** Who is it, as the servers say. `undefined`: nobody, or both. */
  async primary(): Promise<NodeName | undefined> {
    const roles = await Promise.all([this.role('a'), this.role('b')]);
    if (roles.filter((role) => role === 'primary').length !== 1) return undefined;
    return roles[0] === 'primary' ? 'a' : 'b';
  }

  async role(node: NodeName): Promise<'primary' | 'replica' | 'silent'> {
    const sql = 'select pg_is_in_recovery() as replica';
    const rows = await this.pair[node].query<{ replica: boolean }>(sql).catch(() => []);
    if (rows[0] === undefined) return 'silent';
    return rows[0].replica ? 'replica' : 'primary';
  }

  nodeAt(address: string): NodeName {
    return address === this.pair.a.address ? 'a' : 'b';
  }

  /** Both sides for a test: who serves, who follows. */
  async sides(): Promise<{ from: PairNode; to: PairNode }> {
    const primary = await this.primary();
    if (primary === undefined) throw new Error('the pair is not healthy');
    return { from: this.pair[primary], to: this.pair[otherOf(primary)] };
  }

  /** What the authority says; throws where it says nothing: it never may. */
  async name(): Promise<string> {
    const resolver = new Resolver({ timeout: 500, tries: 2 });
    resolver.setServers([this.bind.server]);
    return (await resolver.resolve4(`db.${zoneName}`)).join();
  }

  async startWriting(pause = 3): Promise<void> {
    const { pair, bind, firstId, folder } = this;
    const lanes = [
      { name: `db.${zoneName}`, nameServer: bind.server, first: firstId, pause },
      { address: pair.a.address, first: directIds + firstId },
      { address: pair.b.address, first: 2 * directIds + firstId },
    ];
    this.firstId += 1e7;
    const file = join(folder, 'acknowledged.jsonl');
    this.writer = await startWriter(file, pair.application, lanes);
    await this.untilWritten(20);
  }

  /** Waits for so many writes more through the name. */
  async untilWritten(more: number, seconds = 30): Promise<void> {
    const byName = async () =>
      (await this.acknowledged()).filter(({ id }) => id < directIds).length;
    const until = Date.now() + seconds * 1000;
    const goal = (await byName()) + more;
    while ((await byName()) < goal) {
      if (Date.now() > until) throw new Error(`${more} writes did not come within ${seconds} s`);
      await sleep(10);
    }
  }

  acknowledged = async (): Promise<Acknowledged[]> => (await this.writer?.acknowledged()) ?? [];

  /** What was acknowledged until it ended. */
  async stopWriting(): Promise<Acknowledged[]> {
    const all = await this.writer?.stop();
    this.writer = undefined;
    return all ?? [];
  }
}

/** Ids below came by the name, those above at a node's own address. */
const directIds = 1e12;
