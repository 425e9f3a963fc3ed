/** `holdfast check --channels`: one message to every channel, marked as a test. */
import type { AlertMessage } from '../../core/ports/channel.ts';
import { deliver } from './deliver.ts';
import type { Notifier } from './notifier.ts';

export interface ChannelTest {
  readonly channel: string;
  readonly kind: string;
  /** Absent: the channel took the message. */
  readonly error?: string;
}

export async function testChannels(
  sender: Pick<Notifier, 'channels' | 'stage' | 'signal' | 'log' | 'retryDelayMs'> & {
    readonly scope: string;
    readonly now: () => Date;
  },
): Promise<ChannelTest[]> {
  const message = testMessage(sender.scope, sender.now());
  const parcels = [...sender.channels.keys()].map((channel) => ({ id: channel, channel, message }));
  const receipts = await deliver(parcels, sender);
  return receipts.map(({ channel, error }) => ({
    channel,
    kind: sender.channels.get(channel)?.kind ?? '',
    ...(error === undefined ? {} : { error }),
  }));
}

const testMessage = (scope: string, at: Date): AlertMessage => ({
  event: 'test',
  status: 'info',
  dedupKey: `${scope}.test`,
  severity: 'info',
  title: 'Test message of Holdfast',
  detail: 'Somebody ran `holdfast check --channels`. Nothing is wrong.',
  impact: 'Alerts reach this channel.',
  command: 'holdfast status',
  fields: {},
  at,
});
