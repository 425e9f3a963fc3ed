/** The name moves with the primary: a client that asks the authority, a resolver that caches, a real zone. */
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { runJson, temporaryFolder } from '../cli/run-cli.ts';
import { type Bind, keys, type NameServer, startBind, zoneName } from '../servers/bind.ts';
import { type PostgresPair, startPostgresPair } from '../servers/postgres-pair.ts';
import { type Ledger, missing, startLedger } from './ledger.ts';

let pair: PostgresPair;
let bind: Bind;
let resolver: NameServer;
let ledger: Ledger | undefined;
let cwd: string;
let environment: Record<string, string>;

beforeEach(async () => {
  pair = await startPostgresPair();
  bind = await startBind([`db IN A ${pair.a.address}`]);
  resolver = await bind.resolver();
  cwd = await temporaryFolder();
  environment = {
    ORDERS_A: pair.a.url,
    ORDERS_B: pair.b.url,
    ORDERS_APP: pair.application,
    TSIG: keys.good,
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
  };
  const control = (node: 'a' | 'b') => ({ local: pair[node].control });
  const dns = {
    ...{ provider: 'rfc2136', server: bind.server, zone: zoneName, name: 'db', ttl: 5 },
    ...{ key: 'env:TSIG', resolvers: [resolver.server] },
    values: { a: pair.a.address, b: pair.b.address },
  };
  const orders = {
    engine: 'postgres',
    nodes: {
      a: { connection: 'env:ORDERS_A', control: control('a') },
      b: { connection: 'env:ORDERS_B', control: control('b') },
    },
    application: 'env:ORDERS_APP',
    objectives: { rto: '5m', rpo: '0s' },
    dns: [dns],
  };
  const vault = {
    primary: { url: `file://${cwd}/vault` },
    encryption: { key: 'env:HOLDFAST_KEY' },
  };
  const configuration = { vault, sources: {}, clusters: { orders } };
  await writeFile(join(cwd, 'holdfast.yaml'), stringify(configuration));
});

afterEach(async () => {
  await ledger?.stop();
  ledger = undefined;
  await bind?.stop();
  await pair?.stop();
});

const holdfast = (...words: string[]) => runJson(words, { cwd, environment });

async function addressAt(server: string): Promise<string> {
  const asked = new Resolver({ timeout: 500, tries: 1 });
  asked.setServers([server]);
  return (await asked.resolve4(`db.${zoneName}`))[0] ?? '';
}

/** What the authority says, all the time: it never may say nothing. */
function watchName(): { stop(): Promise<ReadonlySet<string>> } {
  const seen = new Set<string>();
  let going = true;
  const watching = (async () => {
    while (going) seen.add(await addressAt(bind.server).catch(({ code }) => String(code)));
  })();
  return {
    async stop() {
      going = false;
      await watching;
      return seen;
    },
  };
}

test('faults 21 and 23: a client goes on at the new primary, the run waits for the resolver that cached, and the name is never empty', async () => {
  const name = watchName();
  const writer = startLedger(async () =>
    pair.application.replace(pair.a.address, await addressAt(bind.server)),
  );
  ledger = writer;
  await expect.poll(() => writer.acknowledged.length).toBeGreaterThan(20);
  expect(await addressAt(resolver.server)).toBe(pair.a.address);
  const { answer } = await holdfast('failover', 'start', 'orders', '--yes');
  expect(answer).toMatchObject({ exitCode: 0, result: { outcome: 'succeeded' } });
  const before = writer.acknowledged.length;
  await expect.poll(() => writer.acknowledged.length).toBeGreaterThan(before + 20);
  await writer.stop();
  expect(missing(writer, await pair.b.query('select id from ledger'))).toEqual([]);
  expect(await name.stop()).toEqual(new Set([pair.a.address, pair.b.address]));
  // The run ends only when the resolver that cached says so too.
  expect(await addressAt(resolver.server)).toBe(pair.b.address);
  const { result } = (await holdfast('failover', 'report', 'orders')).answer;
  expect(result.objectives.map(({ met }: { met: boolean }) => met)).toEqual([true, true]);
});

test('where somebody else has rewritten the name nothing is begun', async () => {
  await bind.rewrite([`update delete db.${zoneName} A`, `update add db.${zoneName} 5 A 127.0.0.9`]);
  const { answer } = await holdfast('failover', 'start', 'orders', '--yes');
  expect(answer).toMatchObject({ exitCode: 21, error: { code: 'NAME_ELSEWHERE' } });
  expect(await addressAt(bind.server)).toBe('127.0.0.9');
  const [state] = await pair.b.query<{ replica: boolean }>('select pg_is_in_recovery() as replica');
  expect(state?.replica).toBe(true);
});
