/** A small deployment for tests: one database, nightly, one bucket. */
import type { CostFacts, DestinationFacts, SourceFacts } from '../../../src/core/cost/facts.ts';

export const now = new Date('2026-11-21T12:00:00Z');

export const orders: SourceFacts = {
  name: 'orders',
  engine: 'postgres',
  policies: {
    daily: { schedule: 'cron(0 2 * * ? *)', incremental: false, keep: { daily: 7 } },
  },
  task: { cpu: 1024, memoryMiB: 2048, spot: false },
  measured: [],
  present: [],
  expectedBytes: 1024 ** 3,
};

export const primary: DestinationFacts = {
  name: 'primary',
  way: 'none',
  distance: 'same',
  onAws: true,
  tiers: [],
};

export const facts = (more: Partial<CostFacts> = {}): CostFacts => ({
  now,
  sources: [orders],
  destinations: [primary],
  floor: 1,
  architecture: 'arm64',
  publicIp: true,
  endpoints: false,
  functionMemoryMiB: 512,
  healthSchedule: 'rate(1 hour)',
  kmsRecipients: 1,
  kmsKeys: 2,
  secrets: 1,
  ...more,
});
