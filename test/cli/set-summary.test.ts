import { expect, it } from 'vitest';
import { markBroken, type SetSummary } from '../../src/cli/set-summary.ts';

const set = (id: string, rest: Partial<SetSummary> = {}): SetSummary => ({
  id,
  source: 'data',
  time: '2026-11-21T02:00:00Z',
  state: 'committed',
  proof: 'checked',
  parent: null,
  ...rest,
});

it('says of every set which base of its chain is broken', () => {
  const sets = [
    set('a', { proof: 'failed' }),
    set('b', { parent: 'a', proof: 'restored' }),
    set('c', { parent: 'b' }),
    set('d'),
    set('e', { parent: 'd' }),
    set('f', { parent: 'gone' }),
  ];
  expect(markBroken(sets).map(({ brokenBase }) => brokenBase)).toEqual([
    undefined,
    'a',
    'a',
    undefined,
    undefined,
    'gone',
  ]);
});
