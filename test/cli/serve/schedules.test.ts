import { expect, test } from 'vitest';
import { schedulesOf } from '../../../src/cli/serve/schedules.ts';
import { readConfig } from '../../../src/core/config/parse.ts';
import { engines } from '../../../src/engines/index.ts';
import type { ExecutionRecord } from '../../../src/runner/index.ts';
import type { Site } from '../../../src/wiring/site.ts';

const text = `
vault: { primary: { url: "file:///v" }, encryption: { key: env:KEY } }
sources:
  shop: { engine: postgres, connection: env:SHOP, policies: { daily: { schedule: "rate(1 day)" } } }
clusters:
  orders:
    engine: postgres
    nodes: { a: { connection: env:A }, b: { connection: env:B } }
    application: env:APP
    source: shop
    drill: { schedule: "cron(0 4 1 1,4,7,10 ? *)", timezone: Europe/Paris, mode: forced }
  quiet:
    engine: postgres
    nodes: { a: { connection: env:A }, b: { connection: env:B } }
    application: env:APP
`;
const { config } = readConfig(text, {
  ...{ file: 'holdfast.yaml', stage: undefined, engines, channels: [] },
  clusterEngines: ['postgres'],
});
const schedules = schedulesOf({ config } as Site);
const named = (name: string) => schedules.find((each) => each.name === name);
const running = (machine: string, input: object) => ({ machine, input }) as ExecutionRecord;

test('the drill of a cluster runs by its own schedule and mode, one at a time', () => {
  const drill = named('failover-drill-orders');
  expect(drill).toMatchObject({
    machine: 'failover-drill',
    schedule: { timezone: 'Europe/Paris' },
  });
  expect(drill?.input(new Date())).toEqual({ cluster: 'orders', mode: 'forced' });
  expect(drill?.overlaps(running('failover-drill', { cluster: 'orders' }))).toBe(true);
  expect(drill?.overlaps(running('failover-drill', { cluster: 'other' }))).toBe(false);
  expect(drill?.overlaps(running('drill', { source: 'orders' }))).toBe(false);
});

test('readiness of every cluster is looked at, more often than it is asked about', () => {
  expect(named('failover-check-quiet')?.input(new Date())).toEqual({ cluster: 'quiet' });
  expect(named('failover-check-orders')?.machine).toBe('failover-check');
});

test('a cluster without a schedule has no drill', () => {
  expect(named('failover-drill-quiet')).toBeUndefined();
});
