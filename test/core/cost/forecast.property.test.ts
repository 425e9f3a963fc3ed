/** Whatever the retention, the sizes and the tiers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Keep } from '../../../src/core/config/source.ts';
import type { SourceFacts } from '../../../src/core/cost/facts.ts';
import { forecast } from '../../../src/core/cost/forecast.ts';
import { facts, orders, primary } from './sample-facts.ts';

const amount = fc.integer({ min: 1, max: 6 });
const keep: fc.Arbitrary<Keep> = fc.record({
  daily: amount,
  weekly: amount,
  monthly: fc.constantFrom(1, 2),
});
const gib = fc.double({ min: 0.01, max: 1000, noNaN: true });

const withSource = (rules: Keep, size: number, more: Partial<SourceFacts> = {}) =>
  facts({
    sources: [
      {
        ...orders,
        policies: { daily: { schedule: 'cron(0 2 * * ? *)', incremental: false, keep: rules } },
        expectedBytes: size * 1024 ** 3,
        ...more,
      },
    ],
  });

const dollars = (given: ReturnType<typeof facts>): number =>
  forecast(given, { moment: 'settled' }).dollars;

const runs = { numRuns: 10 };
const timeout = 30_000;

test(
  'keeping more never costs less',
  () => {
    fc.assert(
      fc.property(
        keep,
        fc.constantFrom('daily', 'weekly', 'monthly'),
        gib,
        (rules, period, size) => {
          const more = { ...rules, [period]: (rules[period] ?? 0) + 1 };
          expect(dollars(withSource(more, size))).toBeGreaterThanOrEqual(
            dollars(withSource(rules, size)) - 1e-9,
          );
        },
      ),
      runs,
    );
  },
  timeout,
);

test(
  'larger sets never cost less',
  () => {
    fc.assert(
      fc.property(keep, gib, gib, (rules, size, more) => {
        expect(dollars(withSource(rules, size + more))).toBeGreaterThanOrEqual(
          dollars(withSource(rules, size)) - 1e-9,
        );
      }),
      runs,
    );
  },
  timeout,
);

test(
  'a copy, a source and a drill never make it cheaper',
  () => {
    fc.assert(
      fc.property(keep, gib, fc.constantFrom('holdfast', 's3-replication'), (rules, size, way) => {
        const plain = withSource(rules, size);
        const copy = { ...primary, name: 'west', way, distance: 'other-region' } as const;
        const second = plain.sources.map((source) => ({ ...source, name: 'second' }));
        const drilled = withSource(rules, size, { drillSchedule: 'cron(0 5 ? * SUN *)' });
        for (const given of [
          facts({ sources: plain.sources, destinations: [primary, copy] }),
          { ...plain, sources: [...plain.sources, ...second] },
          drilled,
        ]) {
          expect(dollars(given)).toBeGreaterThanOrEqual(dollars(plain) - 1e-9);
        }
      }),
      runs,
    );
  },
  timeout,
);

test(
  'no line is negative but the free transitions',
  () => {
    fc.assert(
      fc.property(keep, gib, (rules, size) => {
        const { sources, common } = forecast(withSource(rules, size), { moment: 'settled' });
        const lines = [...sources.flatMap((source) => source.lines), ...common];
        const negative = lines.filter((line) => line.dollars < 0);
        expect(negative.map(({ detail }) => detail)).toEqual(['free each month']);
        expect(lines.every(({ quantity }) => Number.isFinite(quantity))).toBe(true);
      }),
      runs,
    );
  },
  timeout,
);
