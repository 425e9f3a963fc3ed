/** Promote, verify, cut over, propagate: forward only, each proved before the next. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailoverRun } from '../../core/contracts/failover.ts';
import { DnsError, FailoverError } from '../../core/errors.ts';
import type { NameServerAnswer } from '../../core/ports/dns.ts';
import type { ClusterAtWork, NameAtWork } from './at-work.ts';
import { enterStep } from './claim.ts';
import { sidesOf } from './decide.ts';
import { recorded } from './records.ts';

const pollMilliseconds = 50;
/** Beyond the time that a resolver may keep an old answer. */
const slackSeconds = 10;

export async function promote(cluster: ClusterAtWork, run: FailoverRun): Promise<{ ok: true }> {
  await enterStep(cluster, run, { honoursAbort: true });
  const { target, mode } = await sidesOf(cluster, run);
  await recorded(cluster, { ...run, step: 'promote-begun' }, async () => ({
    lines: ['the point of no return'],
    data: {},
  }));
  const { signal } = cluster;
  await recorded(cluster, { ...run, step: 'promote' }, async () => {
    const promotion = await cluster.engine.promote(target, { signal, mode, epoch: run.epoch });
    const { timeline, forkPosition, already } = promotion;
    const words = already ? 'was promoted already' : 'is primary';
    return {
      lines: [`${target.name} ${words}, timeline ${timeline} from ${forkPosition}`],
      data: promotion,
    };
  });
  return { ok: true };
}

/** After a promotion of which nobody heard the end: the role is read, nothing is tried again. */
export async function reconcile(
  cluster: ClusterAtWork,
  run: FailoverRun,
): Promise<{ promoted: boolean }> {
  await enterStep(cluster, run, { honoursAbort: false });
  const { target } = await sidesOf(cluster, run);
  return recorded(cluster, { ...run, step: 'reconcile' }, async () => {
    const seen = await cluster.engine.observe(target, slackSeconds, cluster.signal);
    if (!seen.reachable) throw silent(target.name, seen.seen);
    const promoted = seen.state.role === 'primary';
    const lines = [`${target.name} says that it is ${seen.state.role}`];
    return { lines, data: { promoted } };
  });
}

export async function verifyWritable(
  cluster: ClusterAtWork,
  run: FailoverRun,
): Promise<{ ok: true }> {
  await enterStep(cluster, run, { honoursAbort: false });
  const { source, target, mode } = await sidesOf(cluster, run);
  const { signal, engine, application } = cluster;
  return recorded(cluster, { ...run, step: 'verify' }, async () => {
    const [proof, probe] = await Promise.all([
      engine.verifyWritable(target, { signal, mode, epoch: run.epoch }),
      engine.probeWrite(application, source, signal),
    ]);
    if (probe.accepted) throw bothWrite(source.name, target.name);
    const lines = [
      `${target.name} wrote epoch ${proof.epoch} on timeline ${proof.timeline} at ${proof.position}`,
      `${source.name} still refuses: ${probe.seen}`,
    ];
    return { lines, data: { ok: true, ...proof } as const };
  });
}

/** A person who aborts after the promotion has a proved primary; the names stay as they are. */
export async function cutOver(cluster: ClusterAtWork, run: FailoverRun): Promise<{ ok: true }> {
  await enterStep(cluster, run, { honoursAbort: true });
  const { source, target } = await sidesOf(cluster, run);
  return recorded(cluster, { ...run, step: 'cut-over' }, async () => {
    const lines = await Promise.all(
      cluster.names.map((name) => swap(cluster, name, { run, from: source.name, to: target.name })),
    );
    return { lines, data: { ok: true } as const };
  });
}

async function swap(
  { signal }: ClusterAtWork,
  { zone, values, ttlSeconds }: NameAtWork,
  { run, from, to }: { readonly run: FailoverRun; readonly from: string; readonly to: string },
): Promise<string> {
  const seen = await zone.read(signal);
  const [current] = seen.values;
  const value = values[to] ?? '';
  const ours = seen.values.length === 1 && (current === value || current === values[from]);
  if (!ours) {
    throw nameChanged(zone.label, `${seen.values.join(', ') || 'nothing'}, not ${values[from]}`);
  }
  if (seen.generation > run.epoch) {
    throw nameChanged(
      zone.label,
      `generation ${seen.generation}, which is newer than ${run.epoch}`,
    );
  }
  if (current === value && seen.generation === run.epoch) {
    return `${zone.label} says ${value} already, generation ${run.epoch}`;
  }
  await zone.swap({ from: seen, value, ttlSeconds, generation: run.epoch, signal });
  return `${zone.label}: ${current} → ${value}, generation ${run.epoch}`;
}

const nameChanged = (label: string, seen: string): DnsError =>
  new DnsError(`${label} says ${seen}`, {
    code: 'DNS_CHANGED',
    hint: 'Somebody else rewrites it; stop that, then set it by hand.',
  });

export async function propagate(cluster: ClusterAtWork, run: FailoverRun): Promise<{ ok: true }> {
  await enterStep(cluster, run, { honoursAbort: false });
  const { target } = await sidesOf(cluster, run);
  return recorded(cluster, { ...run, step: 'propagate' }, async () => {
    const lines = await Promise.all(
      cluster.names.map((name) => untilSeen(cluster, name, name.values[target.name] ?? '')),
    );
    return { lines, data: { ok: true } as const };
  });
}

async function untilSeen(
  { signal }: ClusterAtWork,
  { zone, ttlSeconds }: NameAtWork,
  value: string,
): Promise<string> {
  const begun = performance.now();
  const giveUpAt = begun + (ttlSeconds + slackSeconds) * 1000;
  const says = (answer: NameServerAnswer) =>
    answer.values.length === 1 && answer.values[0] === value;
  for (;;) {
    const answers = await zone.answers(signal);
    const others = answers.filter((answer) => !says(answer));
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    if (others.length === 0)
      return `${zone.label}: ${answers.length} servers agree after ${seconds} s`;
    if (performance.now() > giveUpAt) throw notSeen(zone.label, others);
    await sleep(pollMilliseconds, undefined, { signal });
  }
}

const notSeen = (label: string, others: readonly NameServerAnswer[]): DnsError => {
  const seen = others.map(
    ({ server, values, error }) => `${server}: ${error ?? values.join(', ')}`,
  );
  return new DnsError(`${label} is not what it should be everywhere: ${seen.join('; ')}`, {
    code: 'DNS_NOT_PROPAGATED',
    hint: 'The authority is right; look at the servers named.',
  });
};

const silent = (node: string, seen: string): FailoverError =>
  new FailoverError(`whether ${node} was promoted cannot be told: ${seen}`, {
    code: 'PROMOTION_UNKNOWN',
    hint: 'Nothing else was changed; the old primary stays fenced. Look at the node by hand.',
  });

const bothWrite = (source: string, target: string): FailoverError =>
  new FailoverError(`${source} accepts writes beside ${target}`, {
    code: 'FENCE_BROKEN',
    hint: 'Stop it at once; names still lead to it.',
  });
