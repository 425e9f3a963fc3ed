import { describe, expect, it } from 'vitest';
import {
  clusterConfig,
  darkWorld,
  down,
  plan,
  primaryState,
  refusalsOf,
  replicaState,
  up,
  world,
} from './example.ts';

const three = (b: string, c: string) =>
  world({
    nodes: [
      up('a', primaryState()),
      up('b', replicaState({ received: b })),
      up('c', replicaState({ received: c })),
    ],
  });

describe('a planned failover', () => {
  it('goes from the node that accepts writes to its replica, and loses nothing', () => {
    const { from, to, loss, refusals, steps } = plan(world());
    expect({ from, to, refusals }).toEqual({ from: 'a', to: 'b', refusals: [] });
    expect(loss).toMatchObject({ bytes: 0, seconds: 0 });
    const sides = steps.map(({ side }) => side);
    expect(sides.indexOf('point of no return')).toBe(3);
    expect(steps.slice(4).every(({ undo }) => undo === null)).toBe(true);
  });

  it('takes the replica that is furthest, or the one that is named', () => {
    expect(plan(three('0/90', '0/a0')).to).toBe('c');
    expect(plan(three('0/a0', '0/90')).to).toBe('b');
    expect(plan(three('0/90', '0/a0'), { to: 'b' }).to).toBe('b');
    expect(plan(three('0/90', '?')).refusals).toEqual([]);
    const silent = replicaState({ received: null, position: '0/80' });
    const nodes = [up('a', primaryState()), up('b', silent), up('c', replicaState())];
    expect(plan(world({ nodes })).to).toBe('c');
  });

  it.each([
    ['two nodes accept writes', 'TWO_PRIMARIES', { b: primaryState() }],
    [
      'the replica does not stream',
      'TARGET_NOT_STREAMING',
      { b: replicaState({ streaming: false }) },
    ],
    ['its replay is paused', 'REPLAY_PAUSED', { b: replicaState({ replayPaused: true }) }],
    [
      'its position is not known: NULL is no zero',
      'POSITION_UNKNOWN',
      { b: replicaState({ received: null }) },
    ],
    ['it is of another cluster', 'TARGET_FOREIGN', { b: replicaState({ identity: '8' }) }],
    [
      'another program promotes by itself',
      'MANAGED_ELSEWHERE',
      { b: replicaState({ managedBy: 'patroni' }) },
    ],
  ])('is refused where %s', (_, code, { b }) => {
    expect(refusalsOf(world({ nodes: [up('a', primaryState()), up('b', b)] }))).toContain(code);
  });

  it('is refused where no primary, no replica or not the named one answers', () => {
    expect(refusalsOf(darkWorld())).toContain('PRIMARY_MISSING');
    const alone = world({ nodes: [up('a', primaryState()), down('b')] });
    expect(refusalsOf(alone)).toEqual(['TARGET_MISSING']);
    expect(plan(alone, { to: 'b' }).refusals[0]?.text).toBe(
      'b does not answer: connection refused',
    );
    expect(plan(alone, { to: 'x' }).refusals[0]?.text).toBe('x does not answer');
    expect(refusalsOf(world(), { to: 'a' })).toEqual(['TARGET_IS_PRIMARY']);
  });

  it('is refused where a name leads elsewhere or to nothing; a forced run is warned', () => {
    const names = (values: string[], node: string | undefined) => [
      { label: 'db', node, state: { values, ttlSeconds: 5, generation: 0 } },
    ];
    const said = (seen: ReturnType<typeof names>) =>
      plan(world({ names: seen })).refusals.map(({ text }) => text);
    expect(said(names(['127.0.0.3'], 'b'))).toEqual(['db leads to b, not to a']);
    expect(said(names([], undefined))).toEqual(['db leads to nothing, not to a']);
    expect(said(names(['1.1.1.1'], undefined))).toEqual(['db leads to 1.1.1.1, not to a']);
    const dark = plan(darkWorld({ names: names(['1.1.1.1'], undefined) }), { mode: 'forced' });
    expect(dark.refusals).toEqual([]);
    expect(dark.warnings).toEqual(['db leads to 1.1.1.1, not to a']);
  });

  it('warns where a clock is ahead: decisions rest on positions', () => {
    const ahead = replicaState({ heardAt: '2026-11-28T10:05:00.000Z' });
    const { warnings, refusals } = plan(
      world({ nodes: [up('a', primaryState()), up('b', ahead)] }),
    );
    expect(warnings).toEqual([
      'the clock of b is ahead of this one: loss in seconds is not to be trusted',
    ]);
    expect(refusals).toEqual([]);
  });
});

describe('a forced failover', () => {
  const forced = { mode: 'forced' } as const;

  it('goes from the node that the names lead to, when two places see it down', () => {
    const { from, to, refusals, vantages, loss } = plan(darkWorld(), forced);
    expect({ from, to, refusals }).toEqual({ from: 'a', to: 'b', refusals: [] });
    expect(vantages.map(({ place, sees }) => `${place} ${sees}`)).toEqual([
      'local down',
      'replica b down',
    ]);
    expect(loss).toMatchObject({ bytes: null, seconds: 1 });
  });

  it('takes the other node where no name says who it was', () => {
    expect(plan(darkWorld({ names: [] }), forced).from).toBe('a');
    expect(plan(darkWorld({ names: [] }), { ...forced, to: 'a' }).from).toBe('b');
    const config = clusterConfig({ nodes: { b: { connection: 'env:B' } } });
    expect(plan(darkWorld({ names: [] }), { ...forced, config, to: 'b' }).from).toBe('');
  });

  it('is refused while anybody sees the primary at work', () => {
    expect(refusalsOf(world(), forced)).toContain('PRIMARY_ALIVE');
    const streams = world({ nodes: [down('a'), up('b', replicaState())] });
    expect(plan(streams, forced).refusals[0]?.text).toContain('replica b: it streams');
    const probes = [{ place: 'https://probe', sees: 'up' as const, seen: 'it answers 200' }];
    expect(refusalsOf(darkWorld({ probes }), forced)).toEqual(['PRIMARY_ALIVE']);
  });

  it('is refused where one place alone sees it down: that may be this place’s own network', () => {
    const blind = world({ nodes: [down('a'), down('b')] });
    expect(refusalsOf(blind, forced)).toContain('VANTAGE_ALONE');
    const noOne = plan(world({ nodes: [], names: [] }), forced);
    expect(noOne.refusals.at(-1)?.text).toContain('only nobody sees');
  });

  it('says "never" of a replica that never heard of its primary', () => {
    const deaf = replicaState({ streaming: false, heardAt: null });
    const { loss, vantages } = plan(darkWorld({ nodes: [down('a'), up('b', deaf)] }), forced);
    expect(loss.seconds).toBeNull();
    expect(vantages.at(-1)?.seen).toContain('never');
  });

  it('estimates the loss where the primary still says how far it is', () => {
    const seen = world({
      nodes: [
        up('a', primaryState({ position: '0/180' })),
        up('b', replicaState({ streaming: false })),
      ],
    });
    expect(plan(seen, forced).loss.bytes).toBe(0x80);
    expect(refusalsOf(seen, forced)).toContain('LOSS_OVER_BUDGET');
  });

  it('is refused with an unknown loss where nobody is asked, and with more seconds than the budget', () => {
    const unasked = clusterConfig({ approval: { required: false } });
    expect(refusalsOf(darkWorld(), { ...forced, config: unasked })).toEqual(['LOSS_UNKNOWN']);
    const config = clusterConfig({ budget: { seconds: 0 } });
    expect(refusalsOf(darkWorld(), { ...forced, config })).toEqual(['LOSS_OVER_BUDGET']);
  });

  it('needs nobody where a budget in seconds is kept, and never takes "never heard" for none', () => {
    const config = clusterConfig({ budget: { seconds: 5 }, approval: { required: false } });
    expect(refusalsOf(darkWorld(), { ...forced, config })).toEqual([]);
    const deaf = replicaState({ heardAt: null, streaming: false });
    const dark = darkWorld({ nodes: [down('a'), up('b', deaf)] });
    expect(refusalsOf(dark, { ...forced, config })).toEqual(['LOSS_UNKNOWN']);
    const asked = clusterConfig({ budget: { seconds: 5 } });
    expect(refusalsOf(dark, { ...forced, config: asked })).toEqual(['LOSS_UNKNOWN']);
  });

  it('is refused where the only answering node is no replica', () => {
    const lone = darkWorld({ nodes: [up('a', primaryState()), up('b', primaryState())] });
    expect(refusalsOf(lone, forced)).toContain('TARGET_NOT_REPLICA');
  });
});

describe('the hash of a plan', () => {
  it('is equal for an equal plan, and another for another course, loss or configuration', () => {
    const { hash } = plan(world());
    expect(plan(world({ at: '2026-11-28T10:00:01.000Z' })).hash).toBe(hash);
    expect(plan(darkWorld(), { mode: 'forced' }).hash).not.toBe(hash);
    expect(plan(world(), { config: clusterConfig({ budget: { bytes: 1 } }) }).hash).not.toBe(hash);
    const later = darkWorld({ at: '2026-11-28T10:09:00.000Z' });
    expect(plan(later, { mode: 'forced' }).hash).toBe(plan(darkWorld(), { mode: 'forced' }).hash);
    const ahead = (position: string) =>
      world({ nodes: [up('a', primaryState({ position })), up('b', replicaState())] });
    const hashOf = (position: string) => plan(ahead(position), { mode: 'forced' }).hash;
    expect(hashOf('0/180')).not.toBe(hashOf('0/190'));
  });

  it('names every thing that is told, and none where there is none', () => {
    const bare = plan(world(), {
      config: clusterConfig({ dns: [], smoke: [{ sql: 'select 1' }] }),
    });
    const does = Object.fromEntries(bare.steps.map((step) => [step.name, step.does]));
    expect(does['cut-over']).toContain('no name lead to b');
    expect(does['smoke']).toBe('1 thing stay good');
  });
});
