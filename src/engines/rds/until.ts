/** Waits for what RDS does in its own time, and no longer than is said. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../core/errors.ts';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import { describe, type Instance } from './instance.ts';
import { isService } from './service-failure.ts';

export interface Until {
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Absent: the node's own. */
  readonly id?: string;
  readonly is: (instance: Instance) => boolean;
}

export interface Waited {
  /** False: it was not so in time. */
  readonly done: boolean;
  readonly instance: Instance | undefined;
  /** For people: its status, or why it is not known. */
  readonly seen: string;
}

/** Nothing follows these by itself: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html */
const terminal =
  /^(failed|storage-full|incompatible-.*|inaccessible-encryption-credentials.*|insufficient-capacity|restore-error|deleting)$/;

const [firstPause, longestPause] = [100, 5000];

/** Rejects with FailoverError RDS_INSTANCE_FAILED where its status is one that nothing follows, RDS_DENIED. */
export async function until(
  node: ClusterNode,
  { seconds, signal, id, is }: Until,
): Promise<Waited> {
  const giveUpAt = performance.now() + seconds * 1000;
  for (let pause = firstPause; ; pause = Math.min(pause * 1.4, longestPause)) {
    const left = (giveUpAt - performance.now()) / 1000;
    const bounds = { signal, seconds: Math.min(10, Math.max(1, left)) };
    const now = await seenOf(node, id === undefined ? bounds : { ...bounds, id });
    if (now.instance !== undefined && is(now.instance)) return { ...now, done: true };
    goesOn(now.instance);
    if (performance.now() + pause > giveUpAt) return { ...now, done: false };
    await sleep(pause, undefined, { signal });
  }
}

type Seen = Omit<Waited, 'done'>;

/** What was ordered a moment ago may not be found yet, and an answer may be lost: the next look tells. */
async function seenOf(node: ClusterNode, look: Parameters<typeof describe>[1]): Promise<Seen> {
  try {
    const instance = await describe(node, look);
    return { instance, seen: `RDS says that ${instance.id} is ${instance.status}` };
  } catch (error) {
    if (!isService(error, 'RDS_NOT_FOUND', 'RDS_UNREACHABLE', 'RDS_THROTTLED')) throw error;
    return { instance: undefined, seen: (error as Error).message };
  }
}

function goesOn(instance: Instance | undefined): void {
  if (instance !== undefined && terminal.test(instance.status)) throw ended(instance);
}

const ended = ({ id, status }: Instance): FailoverError =>
  new FailoverError(`${id} is ${status}: nothing follows that by itself`, {
    code: 'RDS_INSTANCE_FAILED',
    hint: 'Look at its events in the console of RDS; when it is available, start the failover anew.',
  });
