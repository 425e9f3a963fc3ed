/** After a promotion the source is backed up at once, on the new timeline: real servers, a real name, a real vault. */
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { runJson, temporaryFolder } from '../cli/run-cli.ts';
import { type PostgresPair, startPostgresPair } from '../servers/postgres-pair.ts';

let pair: PostgresPair;
let cwd: string;
let environment: Record<string, string>;

beforeEach(async () => {
  pair = await startPostgresPair();
  cwd = await temporaryFolder();
  environment = {
    ORDERS_A: pair.a.url,
    ORDERS_B: pair.b.url,
    ORDERS_APP: pair.application,
    HOLDFAST_KEY: randomBytes(32).toString('base64'),
  };
  await sourceAt('a');
});
afterEach(() => pair?.stop());

/** Stands for a name that follows the primary: it is resolved when a task begins. */
const sourceAt = (node: 'a' | 'b') =>
  writeFile(join(cwd, 'source-url'), pair[node].url, { mode: 0o600 });

const configure = (policies: object = { daily: {} }) =>
  writeFile(
    join(cwd, 'holdfast.yaml'),
    stringify({
      vault: { primary: { url: `file://${cwd}/vault` }, encryption: { key: 'env:HOLDFAST_KEY' } },
      sources: { shop: { engine: 'postgres', connection: 'file:source-url', policies } },
      clusters: {
        orders: {
          engine: 'postgres',
          nodes: {
            a: { connection: 'env:ORDERS_A', control: { local: pair.a.control } },
            b: { connection: 'env:ORDERS_B', control: { local: pair.b.control } },
          },
          application: 'env:ORDERS_APP',
          source: 'shop',
          // The command that moves the name runs when everything is silenced.
          freeze: [
            { source: 'shop' },
            { command: ['cp', join(cwd, 'url-of-b'), join(cwd, 'source-url')] },
          ],
        },
      },
    }),
  );

const holdfast = (...words: string[]) => runJson(words, { cwd, environment });

async function manifests() {
  const folder = join(cwd, 'vault/sets/shop');
  const ids = (await readdir(folder)).toSorted();
  return Promise.all(
    ids.map(async (id) => JSON.parse(await readFile(join(folder, id, 'manifest.json'), 'utf8'))),
  );
}

test('a full set whose manifest names the new timeline, though its source is silenced for others', async () => {
  await writeFile(join(cwd, 'url-of-b'), pair.b.url, { mode: 0o600 });
  await configure();
  await holdfast('backup', 'shop');
  const { answer, stderr } = await holdfast('failover', 'start', 'orders', '--yes');
  expect(answer.result).toMatchObject({ outcome: 'succeeded' });
  expect(stderr).toMatch(/a full backup on the new timeline: backup-\S+\n.*SUCCEEDED/);
  const sets = await manifests();
  expect(sets.map(({ parent, positions }) => [parent, positions.timeline])).toEqual([
    [null, '1'],
    [null, '2'],
  ]);
  const report = await holdfast('failover', 'report', 'orders');
  const noted = report.answer.result.phases.find(
    (each: { step: string }) => each.step === 'backup',
  );
  expect(noted.lines[0]).toMatch(/^a full backup of shop was begun on the new timeline: backup-/);
});

test('a backup that fails does not fail the failover', async () => {
  await writeFile(join(cwd, 'url-of-b'), 'postgres://nobody:x@127.0.0.1:1/shop', { mode: 0o600 });
  await configure();
  const { answer, stderr } = await holdfast('failover', 'start', 'orders', '--yes');
  expect(answer).toMatchObject({ exitCode: 0, result: { outcome: 'succeeded' } });
  expect(stderr).toMatch(/backup-\S+: FAILED/);
});
