import { expect, it } from 'vitest';
import { goesOn, planToGoOn, type Unfinished } from '../../../src/core/failover/go-on.ts';
import { clusterConfig, darkWorld, down, plan, primaryState, up, world } from './example.ts';

const earlier = (changes: Partial<Unfinished> = {}): Unfinished => ({
  ...{ epoch: 4, mode: 'planned', from: 'a', to: 'b', ended: null, promoted: false },
  loss: { bytes: 0, seconds: 0, text: 'nothing' },
  ...changes,
});
const fresh = plan(world());
const refused = plan(darkWorld());
const here = (changes: object = {}) => ({ config: clusterConfig(changes), world: world() });

it.each([
  ['it never ended', {}, { mode: 'planned' }, true],
  ['it failed', { ended: 'failed' }, { mode: 'planned', to: null }, true],
  ['it was forced, and nothing else is asked for', { mode: 'forced' }, { mode: 'planned' }, true],
  ['both are forced', { mode: 'forced' }, { mode: 'forced' }, true],
  ['forced is asked for after planned', {}, { mode: 'forced' }, false],
  ['another node is wanted', {}, { mode: 'planned', to: 'c' }, false],
  ['it left its primary, and another can begin', { ended: 'exposed' }, { mode: 'planned' }, false],
] as const)('where %s', (_, changes, wish, answer) => {
  expect(goesOn(earlier(changes), wish, fresh)).toBe(answer);
});

it('an exposed one goes on where nothing else can be begun', () => {
  expect(goesOn(earlier({ ended: 'exposed' }), { mode: 'planned' }, refused)).toBe(true);
});

it('keeps the hash that was approved, unless the configuration changed', () => {
  const same = planToGoOn(earlier({ loss: fresh.loss }), refused, here());
  expect(same).toMatchObject({ hash: fresh.hash, from: 'a', to: 'b', refusals: [] });
  expect(same.warnings[0]).toBe('goes on with epoch 4 (planned, a → b), which never ended');
  const other = planToGoOn(
    earlier({ ended: 'failed' }),
    refused,
    here({ smoke: [{ sql: 'select 2' }] }),
  );
  expect(other.hash).not.toBe(fresh.hash);
  expect(other.warnings[0]).toContain('which ended as failed');
});

it('is refused where the new primary is there and silent: there is no way back', () => {
  const promoted = earlier({ promoted: true, ended: 'exposed' });
  const at = (node: 'a' | 'b') => ({
    ...here(),
    world: world({ nodes: [down(node), up(node === 'a' ? 'b' : 'a', primaryState())] }),
  });
  expect(planToGoOn(promoted, refused, at('b')).refusals).toMatchObject([
    {
      code: 'PAST_NO_RETURN',
      text: expect.stringMatching(/^b became primary in epoch 4 .*refused/),
    },
  ]);
  expect(planToGoOn(promoted, refused, at('a')).refusals).toEqual([]);
  expect(planToGoOn(earlier(), refused, at('b')).refusals).toEqual([]);
  const gone = { ...here(), world: world({ nodes: [] }) };
  expect(planToGoOn(promoted, refused, gone).refusals).toEqual([]);
});
