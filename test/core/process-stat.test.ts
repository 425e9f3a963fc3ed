import { expect, test } from 'vitest';
import { parseProcessStat } from '../../src/core/process-stat.ts';

const stat = (name: string, state: string): string =>
  `4711 (${name}) ${state} 42 4700 4700 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 1 0 123456 1000 200`;

test.for(['pg_dump', 'my (odd) name', 'a) R 1 2 3'])('reads past a program named %j', (name) => {
  expect(parseProcessStat(stat(name, 'S'))).toEqual({
    parent: 42,
    group: 4700,
    startTicks: '123456',
    ended: false,
  });
});

test.for([
  ['Z', true],
  ['X', true],
  ['R', false],
  ['D', false],
] as const)('a process in state %s has ended: %s', ([state, ended]) => {
  expect(parseProcessStat(stat('node', state)).ended).toBe(ended);
});
