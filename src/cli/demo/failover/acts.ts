/** A switchover, a failback and a killed primary, with a client that writes all the while. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HoldfastError } from '../../../core/errors.ts';
import type { ScratchNode, WriteLoad } from '../../../core/ports/rehearsal.ts';
import { countText } from '../../output/figures.ts';
import type { Narrator } from '../narrator.ts';
import { addressOf, type FailoverWorld } from './world.ts';

export interface Handover {
  readonly mode: 'planned' | 'forced';
  readonly to: string;
  /** The longest time without a confirmed write. */
  readonly outageMilliseconds: number;
  /** Confirmed to the client, and not there. */
  readonly lost: number;
  readonly confirmed: number;
}

export async function playFailover(
  world: FailoverWorld,
  narrator: Narrator,
  signal: AbortSignal,
): Promise<Handover[]> {
  const { nodes, name } = world;
  const client = world.startClient();
  try {
    narrator.act('A cluster at work: a primary, its replica, a name, a client');
    narrator.say(`a is ${addressOf(nodes.a)}, b is ${addressOf(nodes.b)}; ${name} leads to a`);
    await untilWritten(client, 200, signal);
    narrator.say(`the client has ${countText(client.acknowledged.length)} confirmed writes`);
    await narrator.holdfast(['failover', 'check', 'orders']);

    narrator.act('What a switchover would do: the plan, and its hash');
    await narrator.holdfast(['failover', 'plan', 'orders']);
    const work = { world, narrator, client, signal };

    narrator.act('Switch over to b, under way: nothing may be lost');
    const there = await handOver(work, 'planned', nodes.b);

    narrator.act('Failback is the same command again');
    const back = await handOver(work, 'planned', nodes.a);

    narrator.act('kill -9 of every process of the primary, then a forced failover');
    const killed = await handOver(work, 'forced', nodes.b);

    narrator.act('The report: who writes now, how the fence was proved, what was lost');
    await narrator.holdfast(['failover', 'report', 'orders']);
    return [there, back, killed];
  } finally {
    await client.stop();
  }
}

interface Work {
  readonly world: FailoverWorld;
  readonly narrator: Narrator;
  readonly client: WriteLoad;
  readonly signal: AbortSignal;
}

async function handOver(
  { world, narrator, client, signal }: Work,
  mode: Handover['mode'],
  to: ScratchNode,
): Promise<Handover> {
  const { cluster, nodes } = world;
  const from = to === nodes.a ? nodes.b : nodes.a;
  const before = client.acknowledged.length;
  const begun = performance.now();
  const stopWatching = watch(client, narrator);
  try {
    if (mode === 'forced') await cluster.kill(from);
    await narrator.holdfast(['failover', 'start', 'orders', '--mode', mode, '--yes']);
    await untilWritten(client, client.acknowledged.length + 50, signal);
  } finally {
    stopWatching();
  }
  const outageMilliseconds = longestGap(client, begun);
  // Taken before the rows are read: the client goes on writing.
  const confirmed = client.acknowledged.slice();
  const there = await cluster.written(to);
  const lost = confirmed.filter(({ id }) => !there.has(id)).length;
  if (mode === 'planned' && lost > 0) throw failed(`${lost} confirmed writes are lost`);
  const label = to === nodes.a ? 'a' : 'b';
  narrator.say(
    `the client’s writes stopped for ${outageMilliseconds} ms, then went on at ${label}; ${countText(confirmed.length - before)} were confirmed meanwhile`,
  );
  narrator.say(
    `the ledger: ${lost === 0 ? 'every confirmed write is there' : `${lost} confirmed writes are lost`}`,
  );
  return { mode, to: label, outageMilliseconds, lost, confirmed: confirmed.length };
}

/** Longer than a busy machine keeps a client waiting. */
const silenceMilliseconds = 300;

/** Says when the client's writes stop, and when they go on. */
function watch({ acknowledged }: WriteLoad, narrator: Narrator): () => void {
  let silentSince: number | undefined;
  const timer = setInterval(() => {
    const last = acknowledged.at(-1)?.at ?? 0;
    if (silentSince === undefined && performance.now() - last > silenceMilliseconds) {
      silentSince = last;
      narrator.say('>> the client: no write is confirmed any more');
    } else if (silentSince !== undefined && last > silentSince) {
      const first = acknowledged.find(({ at }) => at > (silentSince ?? 0))?.at ?? last;
      const waited = Math.round(first - silentSince);
      narrator.say(`>> the client: writes are confirmed again, after ${waited} ms`);
      silentSince = undefined;
    }
  }, 20);
  return () => clearInterval(timer);
}

/** Gaps that end after `begun`. */
function longestGap({ acknowledged }: WriteLoad, begun: number): number {
  const gaps = acknowledged.slice(1).flatMap(({ at }, index) => {
    const from = acknowledged[index]?.at ?? at;
    return at > begun ? [at - from] : [];
  });
  return Math.round(Math.max(0, ...gaps));
}

const patienceMilliseconds = 60_000;

async function untilWritten(
  { acknowledged }: WriteLoad,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + patienceMilliseconds;
  while (acknowledged.length < count) {
    if (performance.now() > giveUpAt) throw failed('the client writes no more');
    await sleep(20, undefined, { signal });
  }
}

const failed = (seen: string): HoldfastError =>
  new HoldfastError(`demo: the proof failed: ${seen}`, {
    code: 'DEMO_FAILED',
    hint: 'Run `holdfast demo --failover --keep DIR` and look at what it leaves there.',
  });
