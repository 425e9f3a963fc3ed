import { expect, test } from 'vitest';
import type { SourceBase } from '../../src/core/config/source.ts';
import type { AlertMessage } from '../../src/core/ports/channel.ts';
import { drillSource } from '../../src/pipeline/drill.ts';
import { checkHealth } from '../../src/pipeline/health.ts';
import { notifyOutcome } from '../../src/pipeline/outcome/notify-outcome.ts';
import { sourceStatus } from '../../src/pipeline/status.ts';
import { openWorkshop, scope, type Workshop } from './workshop.ts';

const policies = { daily: { timezone: 'UTC', schedule: 'cron(0 2 * * ? *)' } };

async function openHealth(source: Partial<SourceBase>) {
  const workshop = await openWorkshop({ source: { policies, ...source } });
  const sent: AlertMessage[] = [];
  const notifier = {
    store: workshop.store,
    scope: workshop.vault.id,
    routes: [{ on: ['backup.stale', 'backup.failed'], to: ['ops'] }] as const,
    channels: new Map([
      [
        'ops',
        { kind: 'test', send: (message: AlertMessage) => Promise.resolve(void sent.push(message)) },
      ],
    ]),
    now: workshop.now,
    signal: new AbortController().signal,
    log: () => undefined,
  };
  const given = { ...notifier, routes: [{ on: [...notifier.routes[0].on], to: ['ops'] }] };
  const config = {
    sources: { shop: workshop.source.source },
    clusters: {},
    alerts: { channels: {}, routes: [], digest: { at: '08:00', timezone: 'UTC', to: ['ops'] } },
  };
  const check = () => checkHealth({ vault: workshop.vault, config, notifier: given });
  return { workshop, sent, check, notifier: given };
}
const titles = (sent: readonly AlertMessage[]) =>
  sent.map(({ status, title }) => `${status}: ${title}`);

function hours({ clock }: Workshop, count: number): void {
  clock.time = new Date(clock.time.getTime() + count * 3_600_000);
}

test('finds the run that never happened, once, and says when it is over', async () => {
  const { workshop, sent, check } = await openHealth({});
  expect((await check()).stale).toEqual([]);
  hours(workshop, 26);
  expect((await check()).stale).toEqual(['shop']);
  await check();
  expect(titles(sent).filter((title) => title.startsWith('firing'))).toEqual([
    'firing: Backup of shop is stale',
  ]);
  await workshop.dump();
  expect((await check()).stale).toEqual([]);
  expect(titles(sent)).toContainEqual(expect.stringContaining('resolved'));
});

test('an RPO counts from the newest verified set, not from the newest', async () => {
  const { workshop, check } = await openHealth({
    objectives: { rpo: '1h' },
    policies: { daily: { timezone: 'UTC' } },
  });
  await workshop.dump();
  expect((await check()).stale).toEqual(['shop']);
});

test('the digest goes out once a day with every source', async () => {
  const { workshop, sent, check } = await openHealth({ policies: { daily: { timezone: 'UTC' } } });
  await workshop.dump();
  await check();
  hours(workshop, 30);
  await check();
  await check();
  const digests = sent.filter(({ event }) => event === 'digest');
  expect(digests).toHaveLength(1);
  expect(digests[0]?.detail).toContain('shop: good');
});

test('a failure is told with what it means, and is over with the next good run', async () => {
  const { workshop, sent, notifier } = await openHealth({ objectives: { rpo: '1h' } });
  const { vault, source } = workshop;
  const options = { source: source.source, notifier, openVault: () => Promise.resolve(vault) };
  const event = { machine: 'backup', execution: 'exec-1', input: { source: 'shop' } } as const;
  const failure = { Error: 'ToolError', Cause: 'pg_dump: exit 1' };
  await notifyOutcome({ ...event, outcome: 'failed', step: 'Dump', failure }, options);
  await notifyOutcome({ ...event, outcome: 'failed', step: 'Dump', failure }, options);
  await notifyOutcome({ ...event, outcome: 'good' }, options);
  expect(titles(sent)).toHaveLength(2);
  expect(sent[0]).toMatchObject({
    status: 'firing',
    impact: 'RPO 1h: there is no verified backup',
    command: 'holdfast executions show exec-1',
  });
  expect(sent[1]?.status).toBe('resolved');
});

test('an alert goes out where the vault itself is the trouble', async () => {
  const { workshop, sent, notifier } = await openHealth({});
  const openVault = () => Promise.reject(new Error('vault is away'));
  const event = { machine: 'backup', execution: 'exec-1', input: { source: 'shop' } } as const;
  const failure = { Error: 'StoreError', Cause: 'away' };
  await notifyOutcome(
    { ...event, outcome: 'failed', failure },
    { source: workshop.source.source, notifier, openVault },
  );
  expect(sent[0]?.impact).toBe('The vault could not be read.');
});

test('the status knows the last good, verified and drilled set, the trend and the next run', async () => {
  const { workshop } = await openHealth({ objectives: { rto: '1h', rpo: '2d' } });
  const first = await workshop.backUp();
  const options = { ...workshop, ...scope(), primary: workshop.vault };
  await drillSource({ source: 'shop', backupId: first.backupId, from: 'primary' }, options);
  workshop.world.partialReasons = ['a'];
  await workshop.dump();
  const status = await sourceStatus('shop', {
    vault: workshop.vault,
    source: workshop.source.source,
  });
  expect(status).toMatchObject({
    sets: 2,
    damaged: 0,
    lastGood: { id: first.backupId },
    lastVerified: { id: first.backupId },
    lastDrilled: { id: first.backupId },
    rpo: { ageSeconds: 86_400, stale: false },
    rto: 'met',
    nextRun: { policy: 'daily', at: new Date('2026-11-04T02:00:00Z') },
  });
  expect(status.sizeTrend).toHaveLength(1);
});
