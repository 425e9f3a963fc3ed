/** The demo's cluster: two PostgreSQL servers in replication, a zone whose name leads to the primary, a vault. */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ScratchCluster, ScratchNode, WriteLoad } from '../../../core/ports/rehearsal.ts';
import { postgresRehearsal } from '../../../engines/postgres/rehearsal/scratch-cluster.ts';
import { type NameServers, resolverAt, startNameServers, ttlSeconds } from './name-servers.ts';

export interface FailoverWorld {
  readonly folder: string;
  readonly serverVersion: string;
  /** `db.example.test`. */
  readonly name: string;
  readonly cluster: ScratchCluster;
  /** By the names of the configuration. */
  readonly nodes: { readonly a: ScratchNode; readonly b: ScratchNode };
  readonly env: Readonly<Record<string, string>>;
  /** Asks the resolver where the name leads before each connection. */
  startClient(): WriteLoad;
  close(): Promise<void>;
}

/** The next newer one that is installed serves as well. */
const oldestVersion = '13';

export async function buildFailoverWorld(
  keep: string | undefined,
  signal: AbortSignal,
): Promise<FailoverWorld> {
  const folder = keep ?? (await mkdtemp(join(tmpdir(), 'holdfast-demo-')));
  await mkdir(folder, { recursive: true });
  const ends: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const end of ends.toReversed()) await end();
    if (keep === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const primary = await postgresRehearsal.open({ version: oldestVersion, signal, mark: {} });
    ends.push(primary.close);
    const cluster = await primary.replicate();
    const nodes = { a: cluster.primary, b: cluster.replica };
    const record = { name: 'db', address: addressOf(nodes.a) };
    const names = await startNameServers(join(folder, 'names'), record);
    ends.push(names.stop);
    await writeFile(join(folder, 'holdfast.yaml'), stringify(configuration(folder, nodes, names)));
    const name = `db.${names.zone}`;
    return {
      ...{ folder, serverVersion: primary.version, name, cluster, nodes, close },
      env: {
        ORDERS_A: nodes.a.url,
        ORDERS_B: nodes.b.url,
        ORDERS_APP: cluster.application,
        TSIG: names.key,
        HOLDFAST_KEY: randomBytes(32).toString('base64'),
      },
      startClient: () => cluster.startLoad(clientsUrl(cluster.application, name, names.resolver)),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export const addressOf = ({ url }: ScratchNode): string => new URL(url).hostname;

function clientsUrl(application: string, name: string, server: string) {
  const resolver = resolverAt(server);
  return async (): Promise<string> => {
    const [address] = await resolver.resolve4(name);
    return Object.assign(new URL(application), { hostname: address }).href;
  };
}

function configuration(folder: string, nodes: FailoverWorld['nodes'], names: NameServers): object {
  const node = (name: 'a' | 'b', connection: string) => ({
    connection,
    control: { local: nodes[name].control },
  });
  return {
    vault: {
      primary: { url: `file://${folder}/vault` },
      encryption: { key: 'env:HOLDFAST_KEY' },
    },
    sources: {},
    clusters: {
      orders: {
        engine: 'postgres',
        nodes: { a: node('a', 'env:ORDERS_A'), b: node('b', 'env:ORDERS_B') },
        application: 'env:ORDERS_APP',
        dns: [
          {
            ...{ provider: 'rfc2136', server: names.authority, resolvers: [names.resolver] },
            ...{ zone: names.zone, name: 'db', ttl: ttlSeconds, key: 'env:TSIG' },
            values: { a: addressOf(nodes.a), b: addressOf(nodes.b) },
          },
        ],
        objectives: { rto: '1m', rpo: '10s' },
        // Of a killed primary: what had not been sent yet may be lost.
        budget: { bytes: 16_777_216 },
        smoke: [{ sql: 'select count(*) from ledger' }],
      },
    },
  };
}
