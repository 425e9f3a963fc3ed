/** Gives messages to channels: each channel on its own, so that a dead one holds up no other. */
import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { forStage } from '../../core/alerts/index.ts';
import { ChannelError, HoldfastError } from '../../core/errors.ts';
import type { AlertMessage, Channel } from '../../core/ports/channel.ts';
import type { Notifier } from './notifier.ts';

export interface Parcel {
  readonly id: string;
  readonly channel: string;
  readonly message: AlertMessage;
}

export interface Receipt extends Parcel {
  /** Absent: the channel took it. */
  readonly error?: string;
}

const attempts = 3;
const longestWaitSeconds = 30;

type Sender = Pick<Notifier, 'channels' | 'stage' | 'signal' | 'log' | 'retryDelayMs'>;

/** In the given order per channel. Never rejects. */
export async function deliver(parcels: readonly Parcel[], sender: Sender): Promise<Receipt[]> {
  const byChannel = Map.groupBy(parcels, ({ channel }) => channel);
  const receipts = await Promise.all(
    [...byChannel.values()].map(async (queue) => {
      const done: Receipt[] = [];
      for (const parcel of queue) done.push(await deliverOne(parcel, sender));
      return done;
    }),
  );
  return receipts.flat();
}

async function deliverOne(parcel: Parcel, sender: Sender): Promise<Receipt> {
  const channel = sender.channels.get(parcel.channel);
  if (!channel) return { ...parcel, error: `no channel "${parcel.channel}" is configured` };
  try {
    await sendPatiently(channel, forStage(parcel.message, sender.stage), sender);
    return parcel;
  } catch (error) {
    const reason = failureText(error);
    sender.log(`channel ${parcel.channel} did not take "${parcel.message.title}"`, { reason });
    return { ...parcel, error: reason };
  }
}

function sendPatiently(channel: Channel, message: AlertMessage, sender: Sender): Promise<void> {
  const { signal, retryDelayMs = 1000 } = sender;
  return pRetry(() => channel.send(message, signal), {
    retries: attempts - 1,
    minTimeout: retryDelayMs,
    signal,
    shouldRetry: ({ error }) => error instanceof ChannelError && error.retryable,
    onFailedAttempt: async ({ error, retriesLeft }) => {
      const asked = error instanceof ChannelError && error.retryable ? error.retryAfterSeconds : 0;
      const waitSeconds = retriesLeft > 0 ? Math.min(asked, longestWaitSeconds) : 0;
      if (waitSeconds > 0) await sleep(waitSeconds * 1000, undefined, { signal });
    },
  });
}

/** Words of our own errors only: those of a library may hold a URL that is a secret. */
function failureText(error: unknown): string {
  if (error instanceof HoldfastError) return error.message;
  return `unexpected ${error instanceof Error ? error.name : typeof error}`;
}
