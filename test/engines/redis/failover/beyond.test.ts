import { describe, expect, it } from 'vitest';
import { findBeyond, unitsOf } from '../../../../src/engines/redis/failover/beyond.ts';
import { readTail, describe as told } from '../../../../src/engines/redis/failover/commands.ts';

/** As a server writes it. */
const command = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
const set = (id: number): string => command('SET', `k:${id}`, `v${id}`);
const sets = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => set(from + index)).join('');
const select = (database: number): string => command('SELECT', `${database}`);

function beyond(replica: string, primary: string) {
  const bytes = Buffer.from(replica);
  const found = findBeyond(readTail(bytes, true), bytes, Buffer.from(primary));
  return 'commands' in found
    ? unitsOf(found.commands).map((unit) => unit.map(told).join('; '))
    : found;
}

describe('what a primary has beyond its replica', () => {
  it('is all after the place where the replica’s last commands stand', () => {
    expect(beyond(sets(1, 5), sets(1, 8))).toEqual(['SET k:6', 'SET k:7', 'SET k:8']);
    expect(beyond(sets(1, 5), sets(1, 5))).toEqual([]);
  });

  it('is found across what each side adds for itself, and after the primary’s file was begun anew', () => {
    const replica = `${select(0)}${set(1)}${set(2)}${select(1)}${set(3)}`;
    const primary = `#TS:1764337661\r\n${set(2)}${select(1)}#TS:1764337662\r\n${select(1)}${set(3)}#TS:1764337663\r\n${set(4)}`;
    expect(beyond(replica, primary)).toEqual(['SET k:4']);
  });

  it('is told apart from an earlier place with the same last command', () => {
    const same = command('INCR', 'n');
    expect(
      beyond(`${set(1)}${same}${set(2)}${same}`, `${set(1)}${same}${set(2)}${same}${set(3)}`),
    ).toEqual(['SET k:3']);
  });

  it('is not guessed where two places are alike, none is there, or the replica has nothing', () => {
    const same = command('INCR', 'n').repeat(3);
    const why = { unknown: expect.stringContaining('replica') };
    expect(beyond(same, `${same}${same}`)).toEqual(why);
    expect(beyond(sets(1, 3), sets(4, 6))).toEqual(why);
    expect(beyond('', sets(1, 3))).toEqual(why);
  });

  it('counts a transaction once, leaves a half written one out, and tells no value', () => {
    const whole = `${command('MULTI')}${set(2)}${set(3)}${command('EXEC')}`;
    const half = `${command('MULTI')}${set(4)}`;
    const found = beyond(
      set(1),
      `${set(1)}${whole}${command('DEL', 'a', 'b')}${half}${set(5).slice(0, 9)}`,
    );
    expect(found).toEqual(['SET k:2; SET k:3', 'DEL a']);
  });
});

describe('the end of a file', () => {
  it('is read from its first whole command, wherever it was cut, also inside of a value like one', () => {
    const tricky = command('SET', 'x', `\r\n${set(7)}`);
    const bytes = Buffer.from(`${tricky}${sets(1, 3)}`);
    const names = (from: number) => readTail(bytes.subarray(from), false).map(told);
    expect(names(0)).toEqual(['SET x', 'SET k:1', 'SET k:2', 'SET k:3']);
    expect(names(3).slice(-3)).toEqual(['SET k:1', 'SET k:2', 'SET k:3']);
    expect(names(bytes.length - 5)).toEqual([]);
  });
});
