/**
 * What has to hold after every fault, told by servers, zone and writer, never by Holdfast itself:
 * I1 at most one node accepts clients' writes · I2 each acknowledged write is there, or listed as lost · I3 starting
 * again comes to one end · I4 the name leads to a node that writes, or is untouched · I5 no success without its proofs ·
 * I6 the old side writes or is fenced, and the report says who writes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { FailoverReport } from '../../src/core/failover/report.ts';
import { FailoverLab, type NodeName, otherOf } from './lab.ts';
import type { Acknowledged } from './writing.ts';

export interface Trial {
  /** How the world was before. */
  readonly name: string;
  readonly epoch: number;
  readonly timeline: number;
  readonly primary: NodeName;
  /** Nodes that the test itself has broken: nobody else can be blamed that they are silent. */
  readonly harmed: Set<NodeName>;
}

const names: readonly NodeName[] = ['a', 'b'];

/** The one of the last test, or a new one where that test left it broken. */
export async function wholeLab(lab: FailoverLab | undefined): Promise<FailoverLab> {
  if (lab !== undefined && (await isWhole(lab).catch(() => false))) {
    await lab.configure();
    return lab;
  }
  await lab?.close();
  return FailoverLab.start();
}

/** The pair is whole, and the writer writes. */
/** `pause`: milliseconds between two writes of one client. */
export async function beginTrial(lab: FailoverLab, pause?: number): Promise<Trial> {
  const primary = await lab.primary();
  if (primary === undefined) throw new Error('the pair is not whole');
  await lab.startWriting(pause);
  const [name, epoch] = [await lab.name(), await lab.epoch()];
  const timeline = await timelineOf(lab, primary);
  return { name, epoch, primary, timeline, harmed: new Set() };
}

/** Right after a run, before anything is healed: I1, I4, I5, I6. */
export async function checkWorld(
  lab: FailoverLab,
  trial: Trial,
): Promise<FailoverReport | undefined> {
  const writable = await whoWrites(lab);
  expect(writable.length, `I1: ${writable} accept writes`).toBeLessThanOrEqual(1);
  const name = await lab.name();
  const { harmed } = trial;
  const led = lab.nodeAt(name);
  if (name !== trial.name && !harmed.has(led)) expect(writable, 'I4').toEqual([led]);
  const report = (await lab.reports()).filter(({ epoch }) => epoch > trial.epoch).at(-1);
  if (report?.writable && !harmed.has(report.writable as NodeName))
    expect(writable, 'I6: the report says who writes').toEqual([report.writable]);
  for (const node of names) {
    const safe = writable.includes(node) || (await isFenced(lab, report, node));
    expect(safe, `I6: ${node} neither writes nor is fenced`).toBe(true);
  }
  if (report?.outcome === 'succeeded') await provesSuccess(lab, report, harmed.size === 0);
  return report;
}

/** I2 and I3, when what was broken from outside is mended. Gives the lost ids. */
export async function endTrial(lab: FailoverLab, trial: Trial): Promise<number[]> {
  await converge(lab);
  await lab.untilWritten(5);
  const acknowledged = await lab.stopWriting();
  expect(acknowledged.length).toBeGreaterThan(20);
  const primary = await lab.primary();
  if (primary === undefined) return expect.fail('I3: nobody is primary');
  const there = new Set(await idsIn(lab, primary));
  const lost = acknowledged.filter(({ id }) => !there.has(id));
  await listsAll(lab, trial, lost);
  await sameRows(lab, primary, there);
  const promotions = (await timelineOf(lab, primary)) - trial.timeline;
  expect(turns(acknowledged), 'I1: writes were accepted in turns').toBeLessThanOrEqual(promotions);
  return lost.map(({ id }) => id);
}

/** Starting again, as an operator would, until nothing is left to be done. */
async function converge(lab: FailoverLab): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    if (await isWhole(lab)) return;
    await lab.start();
  }
  const seen = JSON.stringify((await lab.reports()).at(-1), undefined, 1);
  expect(await isWhole(lab), `I3: three more runs came to no end; the last: ${seen}`).toBe(true);
}

/** One primary, a replica that streams from it, and the name leads to it. */
export async function isWhole(lab: FailoverLab): Promise<boolean> {
  const primary = await lab.primary();
  if (primary === undefined) return false;
  const sql = `select 1 from pg_stat_replication where state = 'streaming'`;
  const until = Date.now() + 8000;
  while ((await lab.pair[primary].query(sql)).length === 0) {
    if (Date.now() > until) return false;
    await sleep(50);
  }
  return lab.nodeAt(await lab.name()) === primary;
}

let probe = 5e12;
async function whoWrites({ pair }: FailoverLab): Promise<NodeName[]> {
  const found: NodeName[] = [];
  for (const node of names) {
    const url = new URL(pair.application);
    url.hostname = pair[node].address;
    probe += 1;
    const written = await pair[node]
      .query(`insert into ledger (id) values (${probe})`, url.href)
      .then(() => true)
      .catch(() => false);
    if (written) found.push(node);
  }
  return found;
}

/** It stands by, or will when it is started; one that no run has fenced, or that was given back, need not. */
async function isFenced(
  lab: FailoverLab,
  report: FailoverReport | undefined,
  node: NodeName,
): Promise<boolean> {
  if ((await lab.role(node)) === 'replica') return true;
  const steps = report?.phases.map(({ step }) => step) ?? [];
  const fenced = report?.from === node && steps.includes('fence') && !steps.includes('roll-back');
  if (!fenced) return true;
  return lab.isFenced(node);
}

async function provesSuccess(
  lab: FailoverLab,
  report: FailoverReport,
  unharmed: boolean,
): Promise<void> {
  expect(report.fenceProof, 'I5: the fence').toBeTruthy();
  expect(report.phases.map(({ step }) => step)).toEqual(
    expect.arrayContaining(['fence', 'promote', 'verify', 'cut-over', 'propagate', 'rebuild']),
  );
  if (unharmed) expect(await isWhole(lab), 'I5: a success without a whole pair').toBe(true);
}

/** Each by its transaction id, in the report of a run of this trial. */
async function listsAll(
  lab: FailoverLab,
  trial: Trial,
  lost: readonly Acknowledged[],
): Promise<void> {
  if (lost.length === 0) return;
  const reports = (await lab.reports()).filter(({ epoch }) => epoch > trial.epoch);
  const losses = reports.flatMap(({ loss }) => (loss === null ? [] : [loss]));
  const counted = losses.reduce((sum, { transactions }) => sum + (transactions ?? 0), 0);
  const what = `I2: ${lost.length} acknowledged writes are gone, ${JSON.stringify(losses)}`;
  expect(counted, what).toBeGreaterThanOrEqual(lost.length);
  const listed = losses.flatMap((loss) =>
    loss.lost.map((line) => /transaction (\d+)/.exec(line)?.[1]),
  );
  const unlisted = lost.filter(({ xid }) => !listed.includes(xid));
  expect(unlisted.length, what).toBeLessThanOrEqual(Math.max(0, counted - 100));
}

async function idsIn(lab: FailoverLab, node: NodeName): Promise<number[]> {
  const rows = await lab.pair[node].query<{ id: string }>('select id from ledger');
  return rows.map(({ id }) => Number(id));
}

/** The replica gets the last of it a moment later. */
async function sameRows(lab: FailoverLab, primary: NodeName, there: Set<number>): Promise<void> {
  const replica = otherOf(primary);
  await expect
    .poll(async () => (await idsIn(lab, replica)).length, { timeout: 10_000, interval: 50 })
    .toBe(there.size);
}

/** How often the writes changed from one address to the other. */
function turns(all: readonly Acknowledged[]): number {
  const inOrder = [...all].sort((one, two) => one.ended - two.ended);
  return inOrder.filter(({ address }, n) => n > 0 && address !== inOrder[n - 1]?.address).length;
}

async function timelineOf({ pair }: FailoverLab, node: NodeName): Promise<number> {
  const sql = `select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline`;
  const [row] = await pair[node].query<{ timeline: number }>(sql);
  return row?.timeline ?? 0;
}
