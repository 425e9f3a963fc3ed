/** Freeze, fence, catch up: the old primary is taken out of service, and everything it said is kept. */
import { z } from 'zod';
import type { Freeze } from '../../core/config/around.ts';
import type { FailoverRun } from '../../core/contracts/failover.ts';
import { FailoverError, FailoverRefusedError } from '../../core/errors.ts';
import { measuredRefusal } from '../../core/failover/loss.ts';
import type { ClusterNode, LossReport, NodePair } from '../../core/ports/failover-engine.ts';
import type { ClusterAtWork } from './at-work.ts';
import { enterStep } from './claim.ts';
import { decideRun, type Sides, sidesOf } from './decide.ts';
import { rememberCounts } from './frozen-counts.ts';
import { sameAs } from './prepare.ts';
import { recorded } from './records.ts';
import { type Course, readCourse, readEarlier, readFence } from './run-state.ts';
import { scaleDown } from './scaling.ts';

const catchUpSeconds = 60;
const observeSeconds = 5;

/** An approval holds for the world that it was given for: it is looked at once more. */
export async function freeze(cluster: ClusterAtWork, run: FailoverRun): Promise<{ ok: true }> {
  await enterStep(cluster, run, { honoursAbort: true });
  const course = await readCourse(cluster, run);
  sameAs((await decideRun(cluster, run)).plan, course.hash);
  await rememberCounts(cluster, run, course);
  return recorded(cluster, { ...run, step: 'freeze' }, async () => {
    const lines: string[] = [];
    for (const each of cluster.config.freeze) {
      lines.push(await silence(cluster, { run, course, what: each }));
    }
    return { lines, data: { ok: true } as const };
  });
}

async function silence(
  cluster: ClusterAtWork,
  { run, course, what }: { readonly run: FailoverRun; readonly course: Course; what: Freeze },
): Promise<string> {
  if ('source' in what) return `no backup of ${what.source} begins while this runs`;
  if ('command' in what) {
    await cluster.command(what.command);
    return `ran ${what.command[0]}`;
  }
  if ('webhook' in what) {
    await cluster.webhook(what.webhook, { event: 'freeze', ...runFacts(run) });
    return `told ${what.webhook}`;
  }
  return scaleDown(cluster, what, course);
}

export const runFacts = ({ cluster, epoch }: FailoverRun) => ({ cluster, epoch });

/** Who is connected there; nobody where it does not say. */
export async function clientsOf(
  { engine, signal }: ClusterAtWork,
  node: ClusterNode,
): Promise<readonly string[]> {
  const seen = await engine.observe(node, observeSeconds, signal);
  return seen.reachable ? (seen.state.clients ?? []) : [];
}

/** Done is not proved: a write with the application's credentials has to be refused. */
export async function fence(cluster: ClusterAtWork, run: FailoverRun): Promise<{ proof: string }> {
  await enterStep(cluster, run, { honoursAbort: true });
  const { source, mode } = await sidesOf(cluster, run);
  await recorded(cluster, { ...run, step: 'fence-begun' }, async () => ({
    lines: [`the fence of ${source.name} begins`],
    data: {},
  }));
  // One that is half dead would only make it longer.
  const clients = mode === 'planned' ? await clientsOf(cluster, source) : [];
  const { proof } = await recorded(cluster, { ...run, step: 'fence' }, async () => {
    const report = await cluster.engine.fence(source, { mode, signal: cluster.signal });
    if (!report.lasts && isNobodys(cluster, run)) throw doesNotLast(source.name, report.actions);
    const proved = await proveFence(cluster, source);
    const lasting = report.lasts ? 'it lasts a restart' : 'it does NOT last a restart';
    const ended = clients.map((who) => `ended: ${who}`);
    const lines = [...report.actions, ...ended, `a write was refused: ${proved}`, lasting];
    return { lines, data: { ...report, proof: proved } };
  });
  return { proof };
}

/** A server that may come back as a primary is a risk that a person takes, or nobody. */
const isNobodys = ({ config }: ClusterAtWork, { approved }: FailoverRun): boolean =>
  approved === null && !config.approval.required;

const doesNotLast = (node: string, actions: readonly string[]): FailoverError =>
  new FailoverError(
    `the fence of ${node} does not last, and no approval is asked for: ${actions.join('; ')}`,
    {
      code: 'FENCE_NOT_LASTING',
      hint: 'A person may take it upon himself: holdfast failover plan, then start with its hash.',
    },
  );

async function proveFence(cluster: ClusterAtWork, node: Sides['source']): Promise<string> {
  const { accepted, seen } = await cluster.engine.probeWrite(
    cluster.application,
    node,
    cluster.signal,
  );
  if (!accepted) return seen;
  throw new FailoverError(`${node.name} still accepts the application's writes: ${seen}`, {
    code: 'FENCE_UNPROVEN',
    hint: 'It is given back to its clients; find who serves them past the fence.',
  });
}

export async function catchUp(cluster: ClusterAtWork, run: FailoverRun): Promise<{ ok: true }> {
  await enterStep(cluster, run, { honoursAbort: true });
  const { source, target, mode } = await sidesOf(cluster, run);
  const fenced = await readFence(cluster, run);
  const until = fenced?.stopPosition ?? null;
  if (mode === 'planned' && until === null) throw positionUnknown(source.name);
  return recorded(cluster, { ...run, step: 'catch-up' }, async () => {
    const promotedBy = await promotedEarlier(cluster, run, target);
    if (promotedBy !== undefined) {
      const lines = [`${target.name} had caught up before epoch ${promotedBy} promoted it`];
      return { lines, data: { ok: true, reachedEnd: mode === 'planned' } as const };
    }
    const request = { until: mode === 'planned' ? until : null, timeoutSeconds: catchUpSeconds };
    const reached = await cluster.engine.catchUp(target, { ...request, signal: cluster.signal });
    if (!reached.complete) throw incomplete(target.name, reached.replayed, until);
    const loss =
      mode === 'planned' ? null : await measureLoss(cluster, { source, target }, reached.received);
    const lines = [`${target.name} replayed to ${reached.replayed}; ${lossLine(loss)}`];
    const reachedEnd = mode === 'planned';
    return { lines, data: { ok: true, ...reached, reachedEnd, loss } as const };
  });
}

/** The old side may follow it already: its end is then the new primary's own, and nothing to be waited for. */
async function promotedEarlier(
  cluster: ClusterAtWork,
  run: FailoverRun,
  target: Sides['target'],
): Promise<number | undefined> {
  const begun = { step: 'promote-begun', schema: z.unknown() };
  const earlier = await readEarlier(cluster, run, begun);
  if (earlier === undefined) return undefined;
  const seen = await cluster.engine.observe(target, observeSeconds, cluster.signal);
  return seen.reachable && seen.state.role === 'primary' ? earlier.epoch : undefined;
}

/** Before the promotion: what is over the budget is given back. */
async function measureLoss(
  { engine, config, signal }: ClusterAtWork,
  nodes: NodePair,
  forkPosition: string,
): Promise<LossReport> {
  const loss = await engine.measureLoss(nodes, { forkPosition }, signal);
  const refusal = measuredRefusal(loss, config);
  if (refusal === undefined) return loss;
  throw new FailoverRefusedError(refusal.text, {
    code: refusal.code,
    hint: 'The old primary has it; give it back, or raise the budget and start anew.',
  });
}

function lossLine(loss: LossReport | null): string {
  if (loss === null) return 'nothing is lost';
  const { bytes, transactions, method } = loss;
  if (bytes === null) return `what is lost cannot be told yet: ${method}`;
  return `${bytes} bytes, ${transactions ?? 'unknown'} transactions are lost`;
}

const positionUnknown = (node: string): FailoverError =>
  new FailoverError(`where ${node} ended cannot be read`, {
    code: 'STOP_POSITION_UNKNOWN',
    hint: 'Give `control` its data directory, so that its end can be read.',
  });

const incomplete = (node: string, replayed: string, until: string | null): FailoverError =>
  new FailoverError(`${node} got no further than ${replayed}${until ? `, not to ${until}` : ''}`, {
    code: 'CATCH_UP_INCOMPLETE',
    hint: 'The old primary is given back to its clients; look at the replica and its log.',
  });
