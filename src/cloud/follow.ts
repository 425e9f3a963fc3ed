/** Follows one execution to its end, event by event. */
import { setTimeout as delay } from 'node:timers/promises';
import { HoldfastError } from '../core/errors.ts';
import type { ExecutionEvent } from '../core/executions.ts';
import type { CloudExecution, CloudExecutions } from './executions.ts';

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ExecutionEvent) => void;
  /** Milliseconds to the next look; default: 0.5 s at first, 3 s for what takes long, 15 s after a failure. */
  readonly pause?: (round: number, failures: number) => number;
}

/** A laptop may lose its network for a while: about five minutes are borne. */
const mostFailures = 20;
const failurePause = 15_000;
const quickRounds = 60;

function usualPause(round: number, failures: number): number {
  if (failures > 0) return failurePause;
  return round < quickRounds ? 500 : 3_000;
}

/** Rejects with the signal's reason, or with a CloudError when AWS stays away; it goes on meanwhile. */
export async function follow(
  executions: CloudExecutions,
  arn: string,
  { signal, onEvent, pause = usualPause }: FollowOptions,
): Promise<CloudExecution> {
  const view: View = { executions, arn, onEvent, last: 0, scopes: new Map() };
  let failures = 0;
  for (let round = 0; ; round += 1) {
    const seen = await look(view).catch((error: unknown) => {
      failures += 1;
      if (!passes(error) || failures > mostFailures) throw error;
    });
    if (seen !== undefined) failures = 0;
    if (seen !== undefined && seen.status !== 'RUNNING') return seen;
    await sleep(pause(round, failures), signal);
  }
}

interface View extends Pick<FollowOptions, 'onEvent'> {
  readonly executions: CloudExecutions;
  readonly arn: string;
  readonly scopes: Map<number, string>;
  /** The newest event that was told. */
  last: number;
}

async function look(view: View): Promise<CloudExecution> {
  const { executions, arn, scopes, onEvent } = view;
  // Asked first, so that the events of the end are among those that are read.
  const execution = await executions.describe(arn);
  for (const event of await executions.eventsAfter(arn, view.last, scopes)) {
    view.last = event.id;
    onEvent(event);
  }
  return execution;
}

const passes = (error: unknown): boolean => error instanceof HoldfastError && error.retryable;

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
}
