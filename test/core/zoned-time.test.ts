import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstInstant, isTimeZone, wallTime } from '../../src/core/zoned-time.ts';

const at = (text: string) => new Date(text);

test.each([
  ['UTC', '2026-11-21T02:00:00Z', '2026-11-21T02:00:00Z'],
  ['Europe/Paris', '2026-07-01T00:00:00Z', '2026-07-01T02:00:00Z'],
  ['Asia/Kolkata', '2026-07-01T00:00:00Z', '2026-07-01T05:30:00Z'],
  ['Pacific/Kiritimati', '2026-12-31T12:00:00Z', '2027-01-01T02:00:00Z'],
])('a wall in %s reads its own time', (zone, instant, wall) => {
  expect(wallTime(at(instant), zone)).toEqual(at(wall));
});

test('a reading that the clock jumps over has no instant', () => {
  expect(firstInstant(at('2026-03-29T02:30:00Z'), 'Europe/Paris')).toBeUndefined();
});

test('a reading that comes twice means the first time', () => {
  expect(firstInstant(at('2026-10-25T02:30:00Z'), 'Europe/Paris')).toEqual(
    at('2026-10-25T00:30:00Z'),
  );
});

test('a day that a zone left out has no instant', () => {
  expect(firstInstant(at('2011-12-30T12:00:00Z'), 'Pacific/Apia')).toBeUndefined();
});

test('every instant is found again from its reading, or its first occurrence is', () => {
  const zones = ['UTC', 'Europe/Paris', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Apia'];
  const seconds = fc.integer({ min: 0, max: 4_102_444_800 });
  fc.assert(
    fc.property(fc.constantFrom(...zones), seconds, (zone, second) => {
      const instant = new Date(second * 1000);
      const wall = wallTime(instant, zone);
      const found = firstInstant(wall, zone);
      expect(found).toBeDefined();
      expect(wallTime(found ?? at(''), zone)).toEqual(wall);
      expect(found?.getTime()).toBeLessThanOrEqual(instant.getTime());
    }),
  );
});

test('a zone is one that the zone data knows', () => {
  expect([isTimeZone('Europe/Paris'), isTimeZone('Europe/Atlantis')]).toEqual([true, false]);
});
