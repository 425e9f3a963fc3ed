/** What docs/operate.md says to type into the console of Step Functions is all that each machine needs. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MachineName } from '../../src/core/contracts/machines.ts';
import { type LocalMachines, startLocalMachines } from './local-runner.ts';

const page = readFileSync('docs/operate.md', 'utf8');
const rows = [...page.matchAll(/^\| `holdfast-prod-(\w+)` \| `(\{.*?\})` \|/gm)].map(
  ([, machine = '', input = '']) => [machine as MachineName, input] as const,
);

let machines: LocalMachines;
beforeAll(async () => {
  machines = await startLocalMachines((folder) => ({
    vault: { primary: { url: `file://${folder}/vault` }, encryption: { key: 'env:HOLDFAST_KEY' } },
    sources: {
      orders: {
        engine: 'files',
        path: join(folder, 'orders'),
        policies: { hourly: { keep: { last: 9 } }, daily: { keep: { last: 9 } } },
      },
    },
  }));
  await mkdir(join(machines.folder, 'orders'));
  await writeFile(join(machines.folder, 'orders/a.txt'), 'kept');
});
afterAll(() => machines?.close());

test('source and policy are enough for a backup', async () => {
  const [, line = ''] = /^```json\n(\{"source".*\})\n```/m.exec(page) ?? [];
  const { outcome, backupId } = await machines.succeed('backup', JSON.parse(line));
  expect(outcome).toBe('good');
  expect(backupId).toMatch(/Z-daily-/);
});

test('the page names the machines that people start', () => {
  expect(rows.map(([machine]) => machine)).toEqual(['backup', 'restore', 'drill', 'verify']);
});

test.for(rows)('%s does with %s', async ([machine, input]) => {
  const newest = await machines.succeed('backup', { source: 'orders' });
  const given = JSON.parse(input) as { readonly backupId?: string };
  const { backupId } = newest;
  const { outcome } = await machines.succeed(
    machine,
    given.backupId === undefined ? given : { ...given, backupId },
  );
  expect(outcome).toMatch(/^(good|restored|proven)$/);
});
