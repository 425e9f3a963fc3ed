import { expect, it } from 'vitest';
import { elapsedText, plural, sparkline, timeText } from '../../../src/cli/output/figures.ts';

it('writes figures as people read them', () => {
  const at = new Date('2026-11-21T02:00:00.123Z');
  expect(timeText(at)).toBe('2026-11-21 02:00:00Z');
  expect([elapsedText(0.44), elapsedText(75)]).toEqual(['0.4s', '1m 15s']);
  expect([plural(1, 'set'), plural(1234, 'row')]).toEqual(['1 set', '1,234 rows']);
  expect(sparkline([0, 50, 100])).toBe('▁▅█');
});
