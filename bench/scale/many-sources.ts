/** Ten thousand databases, most of them small: the same ones in every run. */
import type { SourceBase } from '../../src/core/config/source.ts';
import type { SourceFacts } from '../../src/core/cost/facts.ts';

export const count = 10_000;
export const schedule = 'cron(0 2 * * ? *)';
const keep = { daily: 14, weekly: 8, monthly: 6 };
const gib = 1024 ** 3;
/** Half of them store less than this; one in a hundred more than thirty times as much. */
export const medianGib = 0.5;
const spread = 1.5;

export interface ManySources {
  readonly config: Readonly<Record<string, SourceBase>>;
  readonly facts: readonly SourceFacts[];
  readonly totalGib: number;
}

export function manySources(): ManySources {
  const random = seeded(20_261_121);
  const sizes = Array.from({ length: count }, () => medianGib * Math.exp(spread * normal(random)));
  const names = sizes.map((_, n) => `tenant-${String(n).padStart(5, '0')}`);
  const policy = { method: 'dump', schedule, timezone: 'UTC', keep };
  const source = { engine: 'postgres', after: [], policies: { daily: policy } };
  return {
    config: Object.fromEntries(names.map((name) => [name, source])),
    facts: names.map((name, n) => ({
      name,
      engine: 'postgres',
      policies: { daily: { schedule, keep, incremental: false } },
      task: { cpu: 1024, memoryMiB: 2048, spot: false },
      measured: [],
      present: [],
      expectedBytes: (sizes[n] ?? 0) * gib,
    })),
    totalGib: sizes.reduce((sum, size) => sum + size, 0),
  };
}

/** mulberry32: small, and the same everywhere. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Box and Muller. */
const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
