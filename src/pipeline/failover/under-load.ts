/** The failover itself, with a client that writes without pause and a ledger of what was confirmed to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AcknowledgedWrite,
  ScratchCluster,
  ScratchNode,
  WriteLoad,
} from '../../core/ports/rehearsal.ts';
import { type Executed, type FailoverDrillOptions, phase } from './drill-at-work.ts';

export interface UnderLoad extends Executed {
  readonly acknowledged: readonly AcknowledgedWrite[];
  readonly begunAt: number;
  /** Empty where no node is known to accept writes. */
  readonly survivors: ReadonlySet<number>;
  readonly writable: ScratchNode | undefined;
}

const warmUpWrites = 50;
const afterWrites = 20;
const patienceMilliseconds = 20_000;
const pollMilliseconds = 20;

export async function underLoad(
  options: FailoverDrillOptions,
  scratch: ScratchCluster,
): Promise<UnderLoad> {
  const { mode, signal } = options;
  const load = scratch.startLoad();
  try {
    await untilWritten(load, warmUpWrites, signal);
    const begunAt = performance.now();
    if (mode === 'forced') {
      phase(options, 'killing the primary');
      await scratch.kill(scratch.primary);
    }
    const executed = await options.execute(scratch);
    await untilWritten(load, load.acknowledged.length + afterWrites, signal);
    await load.stop();
    const { primary, replica } = scratch;
    const writable = [primary, replica].find(({ name }) => name === executed.report?.writable);
    const survivors = writable ? await scratch.written(writable) : new Set<number>();
    return { ...executed, acknowledged: load.acknowledged, begunAt, survivors, writable };
  } finally {
    await load.stop();
  }
}

/** Gives up quietly: that no write comes is a finding. */
async function untilWritten(
  { acknowledged }: WriteLoad,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + patienceMilliseconds;
  while (acknowledged.length < count && performance.now() < giveUpAt) {
    await sleep(pollMilliseconds, undefined, { signal });
  }
}
