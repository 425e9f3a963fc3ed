/** Activate, smoke, rebuild: what follows when the names lead to the new primary. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Activate } from '../../core/config/around.ts';
import type { Smoke } from '../../core/config/cluster.ts';
import { durationSeconds } from '../../core/config/values.ts';
import type { FailoverRun } from '../../core/contracts/failover.ts';
import { FailoverError } from '../../core/errors.ts';
import type { LossReport, NodePair } from '../../core/ports/failover-engine.ts';
import type { ClusterAtWork } from './at-work.ts';
import { enterStep } from './claim.ts';
import { type Sides, sidesOf } from './decide.ts';
import { clientsOf, runFacts } from './isolate.ts';
import { recorded } from './records.ts';
import { lossSchema, readCourse, readEarlier, readLoss, readPromotion } from './run-state.ts';
import { scaleUp } from './scaling.ts';

const pollMilliseconds = 250;

/** All are told, even where one does not listen; that one is named. */
export async function activate(cluster: ClusterAtWork, run: FailoverRun): Promise<{ ok: true }> {
  await enterStep(cluster, run, { honoursAbort: false });
  const { to } = await readCourse(cluster, run);
  return recorded(cluster, { ...run, step: 'activate' }, async () => {
    const [caches, others] = partition(cluster.config.activate, (what) => 'cloudfront' in what);
    const wakeAll = (list: readonly Activate[]) =>
      Promise.allSettled(list.map((what) => wake(cluster, run, { what, to })));
    // What a cache asks for anew has to come from the services that were woken.
    const told = [...(await wakeAll(others)), ...(await wakeAll(caches))];
    const failed = told.flatMap((each) =>
      each.status === 'rejected' ? [wordsOf(each.reason)] : [],
    );
    if (failed.length > 0) throw notActivated(failed);
    const lines = told.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    return { lines, data: { ok: true } as const };
  });
}

function partition<T>(list: readonly T[], test: (each: T) => boolean): [T[], T[]] {
  return [list.filter(test), list.filter((each) => !test(each))];
}

async function wake(
  cluster: ClusterAtWork,
  run: FailoverRun,
  { what, to }: { readonly what: Activate; readonly to: string },
): Promise<string> {
  if ('command' in what) {
    await cluster.command(what.command);
    return `ran ${what.command[0]}`;
  }
  if ('webhook' in what) {
    await cluster.webhook(what.webhook, { event: 'activate', ...runFacts(run) });
    return `told ${what.webhook}`;
  }
  if ('cloudfront' in what) {
    const { distribution, paths } = what.cloudfront;
    const reference = `holdfast-${run.cluster}-${run.epoch}-${distribution}`;
    const id = await cluster.invalidate(what.cloudfront, reference);
    return `invalidation ${id} of ${distribution}: ${paths.join(' ')}`;
  }
  return scaleUp(cluster, run, { what, to });
}

export async function smoke(cluster: ClusterAtWork, run: FailoverRun): Promise<{ ok: true }> {
  await enterStep(cluster, run, { honoursAbort: false });
  const { target } = await sidesOf(cluster, run);
  return recorded(cluster, { ...run, step: 'smoke' }, async () => {
    const lines = await Promise.all(
      cluster.config.smoke.map((each) => smokeOne(cluster, target, each)),
    );
    return { lines, data: { ok: true } as const };
  });
}

async function smokeOne(
  cluster: ClusterAtWork,
  target: Sides['target'],
  check: Smoke,
): Promise<string> {
  if (!('http' in check)) {
    const statement = 'sql' in check ? check.sql : check.ask;
    const { application, signal } = cluster;
    await cluster.engine.ask(application, target, { statement, signal });
    return `${target.name} answers ${statement}`;
  }
  const until = performance.now() + durationSeconds(check.for) * 1000;
  do {
    const status = await cluster.httpStatus(check.http);
    if (status < 200 || status >= 300) throw notSmooth(check.http, status);
    await sleep(pollMilliseconds, undefined, { signal: cluster.signal });
  } while (performance.now() < until);
  return `${check.http} stayed good for ${check.for}`;
}

export interface Rebuilt {
  readonly ok: true;
}

/**
 * The loss is read from the old side before anything of it is rewound or replaced. Measured at the true fork it
 * counts more than what was measured before the promotion, unless nobody can tell any more.
 */
export async function rebuild(cluster: ClusterAtWork, run: FailoverRun): Promise<Rebuilt> {
  await enterStep(cluster, run, { honoursAbort: false });
  const { source, target, mode } = await sidesOf(cluster, run);
  const { engine, signal } = cluster;
  await recordLoss(cluster, run, { source, target });
  return recorded(cluster, { ...run, step: 'rebuild' }, async () => {
    const report = await engine.rebuild({ source, target }, { signal, mode, epoch: run.epoch });
    if (!report.streaming) throw notStreaming(source.name, report.notes);
    const position = report.position ?? 'an unknown position';
    const lines = [`${source.name} streams (${report.method}), compared at ${position}`];
    const clients = await clientsOf(cluster, source);
    const old = clients.map((who) => `at ${source.name}, to read or by an old address: ${who}`);
    return { lines: [...lines, ...report.notes, ...old], data: { ok: true, ...report } as const };
  });
}

/** What an earlier run measured counts too: the old side's own files may have been replaced since. */
async function recordLoss(
  cluster: ClusterAtWork,
  run: FailoverRun,
  nodes: NodePair,
): Promise<void> {
  const promotion = await readPromotion(cluster, run);
  if (promotion === undefined) return;
  await recorded(cluster, { ...run, step: 'loss' }, async () => {
    const earlier = await readEarlier(cluster, run, { step: 'loss', schema: lossSchema });
    const seen = await cluster.engine.measureLoss(nodes, promotion, cluster.signal);
    const now = seen.bytes === null ? ((await readLoss(cluster, run)) ?? seen) : seen;
    const before = earlier?.data.transactions ?? -1;
    if (earlier === undefined || (now.transactions ?? 0) > before) {
      return { lines: lossLines(now), data: now };
    }
    const lines = [...lossLines(earlier.data), `measured by epoch ${earlier.epoch}`];
    return { lines, data: earlier.data };
  });
}

const lossLines = ({ method, bytes, transactions, lost }: LossReport): string[] => [
  bytes === null
    ? `what was lost cannot be told: ${method}`
    : `${bytes} bytes, ${transactions ?? 'unknown'} transactions lost (${method})`,
  ...lost,
];

const wordsOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const notActivated = (failed: readonly string[]): FailoverError =>
  new FailoverError(`not everything was told of the new primary: ${failed.join('; ')}`, {
    code: 'ACTIVATE_FAILED',
    hint: 'The new primary serves; do by hand what is named.',
  });

const notSmooth = (url: string, status: number): FailoverError =>
  new FailoverError(`${url} ${status === 0 ? 'does not answer' : `answers ${status}`}`, {
    code: 'SMOKE_FAILED',
    hint: 'The new primary is proved to write; look at what lies before it.',
  });

const notStreaming = (node: string, notes: readonly string[]): FailoverError =>
  new FailoverError(`${node} does not stream from the new primary: ${notes.join('; ')}`, {
    code: 'REBUILD_FAILED',
    hint: 'The new primary has no replica: rebuild one before the next failure.',
  });
