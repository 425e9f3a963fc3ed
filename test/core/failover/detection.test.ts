import { describe, expect, it } from 'vitest';
import { sightOf, staysManual } from '../../../src/core/failover/detection.ts';
import { clusterConfig, darkWorld, down, plan, replicaState, up, world } from './example.ts';

const forced = { mode: 'forced' as const };

describe('the sight of a primary', () => {
  it('is up where it answers, and where a replica still hears of it', () => {
    expect(sightOf(plan(world(), forced)).sees).toBe('up');
    const cutOff = world({ nodes: [down('a'), up('b', replicaState())] });
    expect(sightOf(plan(cutOff, forced))).toEqual({
      sees: 'up',
      seen: expect.stringMatching(/local sees it down: connection refused; replica b sees it up/),
    });
  });

  it('is down where two places see it down, and unclear where one does', () => {
    expect(sightOf(plan(darkWorld(), forced)).sees).toBe('down');
    const alone = darkWorld({ nodes: [down('a'), down('b')] });
    expect(sightOf(plan(alone, forced)).sees).toBe('unclear');
  });

  it('is up where a probe sees it at work', () => {
    const probes = [{ place: 'https://probe', sees: 'up' as const, seen: 'it answers 200' }];
    expect(sightOf(plan(darkWorld({ probes }), forced)).sees).toBe('up');
  });
});

describe('an automatic start', () => {
  const { detection } = clusterConfig({ detection: { automatic: true } });
  const seen = {
    ...{ plan: { refusals: [] }, detection },
    ...{ unfinished: undefined, lastRunCounts: false },
  };

  it('is off unless it is allowed', () => {
    expect(staysManual(seen)).toBeUndefined();
    expect(staysManual({ ...seen, detection: clusterConfig().detection })).toMatch(/not allowed/);
  });

  it('never follows a run that came to no end, nor one of the last hour', () => {
    expect(staysManual({ ...seen, unfinished: { epoch: 7 } })).toMatch(/epoch 7/);
    expect(staysManual({ ...seen, lastRunCounts: true })).toMatch(/hour/);
  });

  it('is not tried where the run would be refused', () => {
    const refusals = [{ code: 'TARGET_MISSING', text: 'no replica answers' }];
    expect(staysManual({ ...seen, plan: { refusals } })).toMatch(/refused: no replica answers/);
  });
});
