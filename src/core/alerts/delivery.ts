/** What became of an outbox. */
import type { AlertState, Delivery } from './state.ts';

export interface DeliveryResult {
  readonly id: string;
  /** Absent: the channel took it. */
  readonly error?: string;
}

/** A message nobody takes for a week is given up: it tells of a world that is gone. */
const patienceMs = 7 * 86_400_000;

/** Also right on a state that has moved on since: only what was sent leaves the outbox. */
export function settle(
  state: AlertState,
  results: readonly DeliveryResult[],
  now: Date,
): AlertState {
  const byId = new Map(results.map((result) => [result.id, result]));
  const outbox = state.outbox.flatMap((delivery) =>
    remaining(delivery, byId.get(delivery.id), now),
  );
  return { ...state, outbox };
}

function remaining(delivery: Delivery, result: DeliveryResult | undefined, now: Date): Delivery[] {
  if (!result) return [delivery];
  const { error } = result;
  const age = now.getTime() - new Date(delivery.message.at).getTime();
  if (error === undefined || age > patienceMs) return [];
  return [{ ...delivery, attempts: delivery.attempts + 1, lastError: error }];
}
