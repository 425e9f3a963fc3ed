import { describe, expect, it } from 'vitest';
import {
  concludeDrill,
  type DrillFacts,
  failoverDrillSchema,
} from '../../../src/core/failover/drill.ts';
import {
  drillConfiguration,
  drillSecrets,
} from '../../../src/core/failover/drill-configuration.ts';
import { drillPage } from '../../../src/core/failover/drill-page.ts';
import { failoverDrillFailed, failoverNotReady } from '../../../src/core/failover/problems.ts';
import type { FailoverReport } from '../../../src/core/failover/report.ts';
import { clusterConfig } from './example.ts';

const run = (changes: Partial<FailoverReport> = {}): FailoverReport => ({
  ...{ format: 1, cluster: 'orders', epoch: 1, execution: 'fo', mode: 'planned' },
  ...{ outcome: 'succeeded', from: 'scratch-a', to: 'scratch-b', planHash: 'abc' },
  ...{ startedAt: '2026-11-28T10:00:00.000Z', endedAt: '2026-11-28T10:00:04.000Z' },
  ...{ writable: 'scratch-b', fenceProof: 'refused', fenceLasts: true, loss: null },
  ...{ outageMilliseconds: 900, objectives: [], phases: [], failure: null },
  ...changes,
});
const loss = (transactions: number | null, bytes = 96) => ({
  ...{ method: 'counted', bytes, transactions, lost: [] },
});

/** Five writes: the third is the last before an outage of 700 ms. */
const acknowledged = [0, 10, 20, 720, 730].map((at, index) => ({ id: index + 1, at: 1000 + at }));

const facts = (changes: Partial<DrillFacts> = {}): DrillFacts => ({
  ...{ cluster: 'orders', mode: 'planned', at: '2026-11-28T10:00:00.000Z', source: 'shop' },
  ...{ backupId: '20261128T090000Z-daily-1a2b3c4d', server: '15.18', restoreSeconds: 2.04 },
  config: clusterConfig({ objectives: { rto: '1s', rpo: '0s' } }),
  comparison: { level: 'checksum', units: 3, rows: 12 },
  assertions: [{ name: 'shop: it holds', passed: true, detail: 'true' }],
  ...{ run: run(), failure: null, acknowledged, begunAt: 1015 },
  survivors: new Set([1, 2, 3, 4, 5]),
  earlier: [],
  ...changes,
});
const forced = (changes: Partial<DrillFacts> = {}) =>
  concludeDrill(facts({ mode: 'forced', run: run({ mode: 'forced', loss: loss(2) }), ...changes }));

describe('a planned drill', () => {
  it('passes where nothing is lost and the objectives are met', () => {
    const drill = concludeDrill(facts());
    expect(failoverDrillSchema.parse(drill)).toEqual(drill);
    expect(drill).toMatchObject({
      ...{ outcome: 'passed', reasons: [], outageMilliseconds: 700 },
      writes: { acknowledged: 5, lost: 0, lostSeconds: 0, lostIds: [] },
      objectives: [
        { name: 'RTO', wanted: '1s', seen: '700 ms', met: true },
        { name: 'RPO', wanted: '0s', seen: '0 writes of 0 s', met: true },
      ],
      trend: { drills: 0, text: 'nothing to compare with' },
    });
    expect(drill.notes).toEqual([expect.stringMatching(/^left out: names in DNS/)]);
  });

  it('counts only gaps that end after it began', () => {
    const before = [{ id: 1, at: 0 }, ...acknowledged.slice(1)];
    expect(concludeDrill(facts({ acknowledged: before })).outageMilliseconds).toBe(700);
  });

  it('fails where a confirmed write is lost, whatever the report says', () => {
    const drill = concludeDrill(facts({ survivors: new Set([1, 2, 4, 5]) }));
    expect(drill.reasons).toEqual([
      '1 confirmed writes are lost, and a planned failover loses nothing',
      'RPO 0s: 1 writes of 0 s',
    ]);
    expect(drill.writes.lostIds).toEqual([3]);
  });

  it('fails where it is slower than the objective, or an assertion does not hold there', () => {
    const drill = concludeDrill(
      facts({
        config: clusterConfig({ objectives: { rto: '0s' } }),
        assertions: [{ name: 'shop: it holds', passed: false, detail: 'the query gave no row' }],
      }),
    );
    expect(drill.reasons).toEqual(['RTO 0s: 700 ms', 'shop: it holds: the query gave no row']);
    expect(drill.objectives).toHaveLength(1);
  });

  it('fails where the run did not succeed, and says why', () => {
    const failure = { step: 'Fence', code: 'FENCE_FAILED', message: 'it still runs' };
    const rolledBack = concludeDrill(facts({ run: run({ outcome: 'rolled-back', failure }) }));
    expect(rolledBack.reasons).toEqual(['the run ended rolled-back: it still runs']);
    const exposed = concludeDrill(facts({ run: run({ outcome: 'exposed' }) }));
    expect(exposed.reasons).toEqual(['the run ended exposed']);
  });

  it('fails where no run began, and no write came afterwards', () => {
    const drill = concludeDrill(
      facts({
        ...{ run: null, failure: 'REFUSED', acknowledged: acknowledged.slice(0, 2) },
        ...{ survivors: new Set(), begunAt: 2000 },
      }),
    );
    expect(drill.reasons[0]).toBe('the run ended not begun: REFUSED');
    expect(drill.reasons).toContain('no write was confirmed after the failover');
    expect(drill.objectives[0]).toMatchObject({ seen: 'no write afterwards', met: false });
    expect(drill.writes.lostSeconds).toBe(0.01);
    expect(drillPage(drill)).toContain('no write was confirmed after it began');
  });
});

describe('a forced drill', () => {
  it('may lose what the report counts, within the objective', () => {
    const drill = forced({
      survivors: new Set([1, 4, 5]),
      config: clusterConfig({ objectives: { rpo: '10s' } }),
    });
    expect(drill).toMatchObject({ outcome: 'passed', writes: { lost: 2, lostSeconds: 0.01 } });
    expect(drill.notes[1]).toBe(
      'the budget was lifted for the drill: 96 bytes would be lost; the budget is 0',
    );
  });

  it('fails where the ledger misses more than the report counts', () => {
    const drill = forced({
      survivors: new Set([4, 5]),
      config: clusterConfig({ objectives: {} }),
    });
    expect(drill.reasons).toEqual(['3 confirmed writes are lost, and the report says 2']);
  });

  it('says nothing of the budget where nobody knows the loss, or it is within', () => {
    expect(forced({ run: run() }).notes).toHaveLength(1);
    expect(forced({ run: null }).notes).toHaveLength(1);
    expect(forced({ run: run({ loss: loss(null, 0) }) }).notes).toHaveLength(1);
  });
});

describe('the drills before it', () => {
  const past = (...outages: (number | null)[]) =>
    outages.map((outageMilliseconds) => ({ outcome: 'passed' as const, outageMilliseconds }));

  it('make a median, of an odd and of an even number', () => {
    expect(concludeDrill(facts({ earlier: past(500, 100, 700) })).trend).toMatchObject({
      ...{ drills: 3, medianMilliseconds: 500 },
      text: '40 % slower than the median of the last 3, 500 ms',
    });
    expect(concludeDrill(facts({ earlier: past(1600, 1200) })).trend.text).toBe(
      '50 % faster than the median of the last 2, 1400 ms',
    );
  });

  it('count where they passed, and have an outage', () => {
    const failed = { outcome: 'failed' as const, outageMilliseconds: 5 };
    expect(concludeDrill(facts({ earlier: [failed, ...past(null)] })).trend.drills).toBe(0);
  });
});

it('a page for people says the same', () => {
  const lossy = forced({
    survivors: new Set([1, 2, 4, 5]),
    comparison: { level: 'rows', units: 1 },
  });
  const page = drillPage(lossy);
  expect(page).toContain('# Failover drill of orders, forced: failed');
  expect(page).toContain('- FAILED: RPO 0s: 1 writes of 0 s');
  expect(page).toContain('1 lost, of the last 0 s (3)');
  expect(page).toContain('equal by rows: 1 units\n');
  expect(page).toContain('# Failover of orders, epoch 1: succeeded');
  const failing = { name: 'n', passed: false, detail: 'd' };
  expect(drillPage(forced({ run: null, assertions: [failing] }))).toContain('FAILS: n: d');
  expect(drillPage(concludeDrill(facts()))).toContain('12 rows');
});

it('its alert tells that production was not touched', () => {
  const problem = failoverDrillFailed({ cluster: 'orders', execution: 'fd', detail: 'too slow' });
  expect(problem).toMatchObject({
    event: 'drill.failed',
    part: 'failover',
    fields: { execution: 'fd' },
  });
  expect(problem.impact).toContain('production was not touched');
});

describe('the executor’s configuration', () => {
  const node = (name: string) => ({
    ...{ name, url: `postgres://x@127.9.9.2:1/${name}`, target: '' },
    control: { stop: ['pg_ctl', name], start: ['pg_ctl'], data: `/tmp/${name}`, bin: '/bin' },
  });
  const scratch = { primary: node('scratch-a'), replica: node('scratch-b') };
  const production = clusterConfig({
    nodes: {
      a: {
        connection: 'env:PRODUCTION_A',
        control: { ssh: { host: 'production', stop: ['p'], start: ['p'] } },
      },
      b: { connection: 'env:PRODUCTION_B' },
    },
    application: 'env:PRODUCTION_APP',
    source: 'shop',
    budget: { bytes: 7 },
    detection: { vantage: ['local', 'https://production.example/'] },
    freeze: [{ command: ['production'] }],
    activate: [{ webhook: 'https://production.example/' }],
    smoke: [{ http: 'https://production.example/' }],
  });
  const made = (mode: 'planned' | 'forced') =>
    drillConfiguration({ cluster: 'orders', mode, config: production, scratch, vault: '/tmp/v' });

  it('has nothing of production in it: no node, name, command, webhook or probe', () => {
    const text = JSON.stringify(made('planned'));
    expect(text).not.toMatch(/production|example/i);
    expect(text).not.toMatch(/dns|freeze|activate|smoke|vantage/);
    expect(text).toContain('scratch-a');
    expect(text).toContain('"budget":{"bytes":7}');
  });

  it('lifts the budget of a forced drill: what is lost is measured', () => {
    expect(JSON.stringify(made('forced'))).toContain(String(Number.MAX_SAFE_INTEGER));
  });

  it('names its secrets by variables of its own', () => {
    const cluster = { ...scratch, application: 'app' } as never;
    const secrets = drillSecrets(cluster, 'k');
    expect(Object.keys(secrets).every((name) => name.startsWith('HOLDFAST_DRILL_'))).toBe(true);
    expect(Object.values(secrets)).toEqual([scratch.primary.url, scratch.replica.url, 'app', 'k']);
  });
});

it('a cluster that is not ready is told with what stands in the way', () => {
  const problem = (...findings: string[]) => failoverNotReady({ cluster: 'orders', findings });
  expect(problem('it is full', 'it lags').detail).toBe('it is full; it lags.');
  expect(problem().detail).toBe('An earlier run came to no end.');
});
