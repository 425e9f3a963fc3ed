import { describe, expect, it } from 'vitest';
import { concludeRun, outcomeOf, type RunFacts } from '../../../src/core/failover/conclude.ts';
import { awaitingApproval, failoverEnded } from '../../../src/core/failover/problems.ts';
import { failoverReportSchema, reportPage } from '../../../src/core/failover/report.ts';
import { reportHtml } from '../../../src/core/failover/report-html.ts';

const phase = (step: string, second: number, data: unknown = {}) => ({
  step,
  startedAt: `2026-11-28T10:00:0${second}.000Z`,
  endedAt: `2026-11-28T10:00:0${second}.500Z`,
  milliseconds: 500,
  lines: [`${step} | was done`],
  data,
});

const course = { from: 'a', to: 'b', hash: 'abc' };
const until = (...steps: string[]) =>
  [
    phase('assess', 0, course),
    phase('freeze-begun', 1),
    phase('fence-begun', 1),
    phase('fence', 1, { proof: 'refused', lasts: true }),
    phase('promote', 2),
    phase('verify', 3),
    phase('cut-over', 4),
    phase('roll-back', 5),
    phase('loss', 6, { method: 'counted', bytes: 12, transactions: null, lost: ['xid 7'] }),
  ].filter(({ step }) => steps.includes(step));

const facts = (changes: Partial<RunFacts> = {}): RunFacts => ({
  cluster: 'orders',
  epoch: 3,
  execution: 'fo',
  mode: 'planned',
  config: { objectives: { rto: '5s', rpo: '0s' } },
  phases: until('assess', 'fence-begun', 'fence', 'promote', 'verify', 'cut-over'),
  failure: null,
  refused: false,
  rolledBack: false,
  endedAt: '2026-11-28T10:00:09.000Z',
  ...changes,
});
const failure = { step: 'Fence', code: 'FENCE_UNPROVEN', message: 'it still writes' };

it.each([
  ['succeeded', {}],
  ['exposed', { failure }],
  ['rolled-back', { failure, rolledBack: true, phases: until('assess', 'fence-begun') }],
  ['refused', { failure, rolledBack: true, phases: until('assess') }],
  ['rolled-back', { failure, rolledBack: true, phases: until('assess', 'freeze-begun') }],
  ['refused', { failure, refused: true, phases: [] }],
  ['failed', { failure, phases: until('assess') }],
  ['failed', { failure, refused: true, phases: until('assess', 'fence-begun', 'promote') }],
])('ends as %s', (outcome, changes) => {
  expect(outcomeOf(facts(changes))).toBe(outcome);
});

it('says who writes, how the fence was proved, that nothing was lost, and how long it took', () => {
  const report = failoverReportSchema.parse(concludeRun(facts()));
  expect(report).toMatchObject({
    ...{ writable: 'b', fenceProof: 'refused', fenceLasts: true, outageMilliseconds: 3500 },
    loss: { bytes: 0, transactions: 0 },
    objectives: [
      { name: 'RTO', met: true },
      { name: 'RPO', met: true },
    ],
  });
  const page = reportPage(report);
  expect(page).toContain('accepts writes now: b');
  expect(page).toContain('outage, from the fence to the changed name: 3.50 s');
  expect(page).toContain('cut-over \\| was done');
});

it('lists what was lost as it was measured', () => {
  const phases = until('assess', 'fence-begun', 'promote', 'verify', 'cut-over', 'loss');
  const report = concludeRun(
    facts({ mode: 'forced', phases, config: { objectives: { rto: '1s', rpo: '0s' } } }),
  );
  expect(report.objectives.map(({ met }) => met)).toEqual([false, null]);
  const page = reportPage(report);
  expect(page).toContain('lost: 12 bytes, unknown transactions (counted); xid 7');
  expect(page).toContain('fence: not proved');
  expect(page).toContain('RTO: 1s: missed');
  expect(page).toContain('RPO: 0s: not measured');
});

it('claims nothing that nobody has seen', () => {
  const nothing = concludeRun(
    facts({ mode: 'forced', phases: [], failure, config: { objectives: {} } }),
  );
  expect(nothing).toMatchObject({
    from: null,
    writable: null,
    loss: null,
    outageMilliseconds: null,
  });
  expect(nothing.startedAt).toBe('2026-11-28T10:00:09.000Z');
  const page = reportPage(nothing);
  expect(page).toContain('accepts writes now: nobody knows');
  expect(page).toContain('**Fence** failed (FENCE_UNPROVEN): it still writes');
  expect(page).toContain('not measured');
  const blind = { method: 'no way to its files', bytes: null, transactions: null, lost: [] };
  expect(reportPage({ ...nothing, loss: blind, fenceProof: 'x', fenceLasts: false })).toMatch(
    /does not last a restart[\s\S]*not known \(no way to its files\)/,
  );
});

it.each([
  ['a planned run that touched nothing', { phases: until('assess') }, 'a'],
  ['a run that was undone', { phases: until('assess', 'fence-begun', 'roll-back') }, 'a'],
  ['a run that stopped behind the fence', { phases: until('assess', 'fence-begun') }, null],
])('knows who writes after %s', (_, changes, node) => {
  const report = concludeRun(
    facts({ failure, config: { objectives: { rto: '5s', rpo: '1m' } }, ...changes }),
  );
  expect(report.writable).toBe(node);
  expect(report.objectives[1]?.met).toBeNull();
});

it.each(['exposed', 'rolled-back', 'refused', 'failed'] as const)(
  'tells that it ended as %s',
  (outcome) => {
    const problem = failoverEnded({
      cluster: 'orders',
      execution: 'fo',
      outcome,
      detail: 'because',
    });
    expect(problem).toMatchObject({ source: 'orders', detail: 'because' });
    expect(problem.event).toMatch(/^failover\./);
  },
);

describe('as a page for a browser', () => {
  it('draws the phases along their time, with the outage behind them', () => {
    const page = reportHtml(concludeRun(facts()));
    expect(page).toMatch(/<span style="background:#1b7f3b">succeeded<\/span>/);
    expect(page.match(/<rect [^>]*fill="#2f6fb3"/g)).toHaveLength(6);
    expect(page).toContain('<title>nobody accepted writes: 3.50 s</title>');
    // The run takes nine seconds, the fence begins at the first: 130 + 710/9.
    expect(page).toContain('<rect x="208.9" y="0" width="276.1"');
    expect(page).not.toMatch(/<script|https?:/);
  });

  it('shows a failure, and nothing as markup that is none', () => {
    const evil = { step: 'Fence', code: 'X', message: '<img src="x">&' };
    const page = reportHtml(concludeRun(facts({ failure: evil, phases: [] })));
    expect(page).toContain('&lt;img src=&quot;x&quot;&gt;&amp;');
    expect(page).toContain('from ? to ?');
    expect(page).not.toContain('accepted writes:');
  });
});

it('asks for an approval by command, and by a link where there is one', () => {
  const run = { cluster: 'orders', execution: 'fo', planHash: 'abc', from: 'a', to: 'b' };
  const asked = { ...run, expiresAt: '2026-11-28T11:00:00Z' };
  const plain = awaitingApproval(asked);
  expect(plain.command).toBe('holdfast failover approve orders abc');
  expect(plain.detail).not.toContain('Approve:');
  const link = 'https://approve.example.test/?once';
  expect(awaitingApproval({ ...asked, link }).detail).toContain(`Approve: ${link}`);
});
