import { beforeEach, describe, expect, it } from 'vitest';
import { failoverRunSchema } from '../../../src/core/contracts/failover.ts';
import { signLink } from '../../../src/core/failover/approval-link.ts';
import type { OpenQuestion } from '../../../src/pipeline/failover/approve.ts';
import { followLink } from '../../../src/pipeline/failover/approve-by-link.ts';
import { askApproval, assess, takeLease } from '../../../src/pipeline/failover/prepare.ts';
import { readSteps } from '../../../src/pipeline/failover/records.ts';
import { type Simulated, simulateCluster } from './simulated-cluster.ts';

const key = 'k'.repeat(40);

let sim: Simulated;
let query: string;
let approved: OpenQuestion[];

beforeEach(async () => {
  sim = simulateCluster();
  approved = [];
  const input = { cluster: 'orders', mode: 'planned' } as const;
  const run = await takeLease(sim.cluster, { execution: 'failover-1', input });
  const { planHash } = await assess(sim.cluster, failoverRunSchema.parse(run));
  await askApproval(sim.cluster, { run, token: 'token' });
  const expires = Math.floor(Date.now() / 1000) + 30;
  query = signLink({ cluster: 'orders', epoch: run.epoch, planHash, expires }, key);
});

const follow = (method: string, given = query) =>
  followLink({
    ...{ place: sim.cluster, key, method, query: given },
    approve: async (question) => {
      approved.push(question);
    },
  });

describe('a link that approves', () => {
  it('shows what it is about, as often as a mail program looks at it', async () => {
    for (const _ of [1, 2]) {
      expect(await follow('GET')).toMatchObject({
        status: 200,
        asks: true,
        text: expect.stringContaining('planned: orders goes from a to b'),
      });
    }
    expect(approved).toEqual([]);
  });

  it('approves once, whoever presses how often at once', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => follow('POST')));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 410, 410, 410]);
    expect(approved).toMatchObject([{ cluster: 'orders', execution: 'failover-1' }]);
    expect(await follow('POST')).toMatchObject({ status: 410, text: 'It was used already.' });
    const steps = await readSteps(sim.cluster.store, { cluster: 'orders', epoch: 1 });
    expect(steps.map(({ step }) => step)).toContain('approval-link');
  });

  it('does nothing when it is forged or over', async () => {
    expect(await follow('POST', query.replace('orders', 'other'))).toMatchObject({ status: 403 });
    expect(await follow('POST', '')).toMatchObject({ status: 403 });
    sim.advance(60);
    expect(await follow('POST')).toMatchObject({ status: 410, text: 'Its time is over.' });
    expect(approved).toEqual([]);
  });

  it('does nothing for another plan than the one that waits', async () => {
    const expires = Math.floor(Date.now() / 1000) + 30;
    const other = { cluster: 'orders', epoch: 1, planHash: '0123456789abcdef', expires };
    const stale = await follow('POST', signLink(other, key));
    expect(stale).toMatchObject({
      status: 410,
      text: expect.stringContaining('what waits is plan'),
    });
    const later = new URLSearchParams(query).get('plan') ?? '';
    const next = signLink({ ...other, planHash: later, epoch: 2 }, key);
    expect(await follow('POST', next)).toMatchObject({ status: 410 });
    expect(approved).toEqual([]);
  });
});
