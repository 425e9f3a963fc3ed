import { expect, test } from 'vitest';
import type { SourceBase } from '../../src/core/config/source.ts';
import { planScheduled } from '../../src/pipeline/plan-scheduled.ts';
import type { Vault } from '../../src/pipeline/vault/index.ts';
import { openWorkshop } from './workshop.ts';

const timing = { expression: 'cron(0 2 * * ? *)', timezone: 'Europe/Paris' };
const input = { ...timing, scheduledTime: '2026-11-21T01:00:00Z' };

function configOf(count: number, url: string) {
  const { expression: schedule, timezone } = timing;
  const source: SourceBase = {
    engine: 'fake',
    after: [],
    policies: { daily: { schedule, timezone } },
  };
  const names = Array.from({ length: count }, (_, index) => `source-${index}`);
  return {
    sources: Object.fromEntries(names.map((name) => [name, source])),
    vault: { primary: { url }, copies: [], encryption: { key: 'env:KEY' } },
    deploy: {},
  };
}

const noVault = (): Promise<Vault> => Promise.reject(new Error('no vault was to be opened'));

test('a hundred runs are in the state, and no vault is opened', async () => {
  const config = configOf(100, 's3://acme/team');
  const plan = await planScheduled(input, { config, execution: 'run', openVault: noVault });
  expect(plan).toMatchObject({ due: 100, list: null });
  expect(plan.runs[99]).toEqual({
    machine: 'backup',
    name: 'backup-source-99-daily-20261121T010000Z',
    input: { source: 'source-99', policy: 'daily', scheduledTime: '2026-11-21T01:00:00.000Z' },
  });
});

test('one more goes to the vault, and the state says where', async () => {
  const { vault } = await openWorkshop();
  const config = configOf(101, 's3://acme/team');
  const plan = await planScheduled(input, {
    config,
    execution: 'run',
    openVault: async () => vault,
  });
  expect(plan).toMatchObject({
    due: 101,
    runs: [],
    list: { bucket: 'acme', key: 'team/results/run/runs.json' },
  });
  const stored = Buffer.from(await vault.store.get('results/run/runs.json')).toString('utf8');
  expect(JSON.parse(stored)).toHaveLength(101);
  expect(JSON.parse(stored)[0]).toMatchObject({ machine: 'backup', input: { source: 'source-0' } });
});

test('a directory has no reader of lists: the runs stay in the state', async () => {
  const config = configOf(101, 'file:///var/backups');
  const plan = await planScheduled(input, { config, execution: 'run', openVault: noVault });
  expect(plan.runs).toHaveLength(101);
  expect(plan.list).toBeNull();
});
