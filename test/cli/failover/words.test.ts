import { expect, test } from 'vitest';
import { planText } from '../../../src/cli/failover/words.ts';
import type { Screen } from '../../../src/cli/output/screen.ts';
import { plan, world } from '../../core/failover/example.ts';

const screen = { paint: (_: string, text: string) => text } as Screen;

test('a plan says how long it will take, step by step, where something is known of that', () => {
  const milliseconds = { fence: 175, promote: 1200 };
  const expected = { runs: 3, of: 'failovers' as const, outageMilliseconds: 470, milliseconds };
  const text = planText({ ...plan(world()), expected }, screen);
  expect(text).toContain('expected: an outage of 0.47 s, median of 3 failovers\n');
  expect(text).toMatch(/ fence: .* ~0\.17 s\n|fence: .* ~0\.18 s\n/);
  expect(text).toMatch(/ promote: b becomes primary, on a new timeline ~1\.20 s\n/);
  const once = { ...expected, runs: 1, of: 'drills' as const, outageMilliseconds: null };
  expect(planText({ ...plan(world()), expected: once }, screen)).toContain(
    'expected: the outage was not measured, median of 1 drill\n',
  );
});

test('and nothing where nothing is', () => {
  expect(planText({ ...plan(world()), expected: null }, screen)).not.toMatch(/expected|~/);
});
