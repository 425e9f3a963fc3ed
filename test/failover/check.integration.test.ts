/** `holdfast check` of a cluster: real servers, a real zone, keys that may and may not change it. */
import { randomBytes } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { runJson, temporaryFolder } from '../cli/run-cli.ts';
import { type Bind, keys, startBind, zoneName } from '../servers/bind.ts';
import { startHttpReceiver } from '../servers/http-receiver.ts';
import { type PostgresPair, startPostgresPair } from '../servers/postgres-pair.ts';

let pair: PostgresPair;
let bind: Bind;
let cwd: string;
let environment: Record<string, string>;

beforeAll(async () => {
  pair = await startPostgresPair();
  bind = await startBind([`db IN A ${pair.a.address}`]);
});
afterAll(async () => {
  await bind?.stop();
  await pair?.stop();
});
beforeEach(async () => {
  cwd = await temporaryFolder();
  environment = {
    ORDERS_A: pair.a.url,
    ORDERS_B: pair.b.url,
    ORDERS_APP: pair.application,
    TSIG: keys.good,
    SHOP: pair.application,
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
  };
});

const configure = (changes: object = {}) =>
  writeFile(
    join(cwd, 'holdfast.yaml'),
    stringify({
      vault: { primary: { url: `file://${cwd}/vault` }, encryption: { key: 'env:HOLDFAST_KEY' } },
      sources: { shop: { engine: 'postgres', connection: 'env:SHOP', policies: { daily: {} } } },
      clusters: {
        orders: {
          engine: 'postgres',
          nodes: {
            a: { connection: 'env:ORDERS_A', control: { local: pair.a.control } },
            b: { connection: 'env:ORDERS_B', control: { local: pair.b.control } },
          },
          application: 'env:ORDERS_APP',
          dns: [
            {
              ...{ provider: 'rfc2136', server: bind.server, zone: zoneName, name: 'db', ttl: 5 },
              ...{ key: 'env:TSIG', values: { a: pair.a.address, b: pair.b.address } },
            },
          ],
          ...changes,
        },
      },
    }),
  );

async function check() {
  const { answer } = await runJson(['check'], { cwd, environment });
  const lines: { area: string; subject: string; level: string; detail: string }[] =
    answer.result.lines;
  const ofCluster = lines.filter(({ area }) => area === 'cluster');
  const levelOf = (subject: string) =>
    ofCluster.find((line) => line.subject.startsWith(subject))?.level;
  return { exitCode: answer.exitCode, ofCluster, levelOf };
}

test('a cluster that is ready is good in all its parts, and nothing is changed', async () => {
  await configure();
  const resolver = new Resolver();
  resolver.setServers([bind.server]);
  const serial = async () => (await resolver.resolveSoa(zoneName)).serial;
  const before = await serial();
  const { exitCode, ofCluster, levelOf } = await check();
  expect(exitCode).toBe(0);
  expect(ofCluster.filter(({ level }) => level === 'error')).toEqual([]);
  expect(['node a', 'node b', 'application', 'name db', 'readiness'].map(levelOf)).toEqual(
    Array(5).fill('ok'),
  );
  expect(levelOf('approval')).toBe('warning');
  expect(await serial()).toBe(before);
});

test('a key that may not update the zone, or is wrong, is found before a failover needs it', async () => {
  await configure();
  for (const key of [keys.stranger, keys.wrong]) {
    environment = { ...environment, TSIG: key };
    const { exitCode, ofCluster } = await check();
    expect(exitCode).toBe(1);
    expect(ofCluster.filter(({ level }) => level === 'error')).toEqual([
      expect.objectContaining({ subject: expect.stringMatching(/^name db/) }),
    ]);
  }
});

test('an application that cannot log in, a smoke URL that answers ill, a node that is away', async () => {
  const { port } = new URL(pair.application);
  environment = {
    ...environment,
    ORDERS_APP: `postgres://app:wrong@${pair.a.address}:${port}/shop`,
    ORDERS_B: pair.b.url.replace(pair.b.address, '127.0.0.250'),
  };
  await using receiver = await startHttpReceiver(() => ({ status: 500 }));
  await configure({ smoke: [{ http: receiver.url }] });
  const { levelOf } = await check();
  const parts = ['node a', 'node b', 'application', 'smoke', 'readiness'];
  expect(parts.map(levelOf)).toEqual(['ok', 'error', 'error', 'error', 'error']);
});

test('a source that backs up a node, whoever is the primary, is named', async () => {
  await configure({ source: 'shop' });
  expect((await check()).levelOf('source shop')).toBe('warning');
  environment = { ...environment, SHOP: pair.application.replace(pair.a.address, 'localhost') };
  expect((await check()).levelOf('source shop')).toBe('ok');
});
