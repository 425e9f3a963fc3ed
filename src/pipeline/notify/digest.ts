/** Sends the daily digest when it is due; a channel that did not take it gets it at the next call. */
import {
  type DigestConfig,
  type DigestLine,
  digestMessage,
  digestStateSchema,
  dueDigest,
  recordDigest,
} from '../../core/alerts/index.ts';
import { layout } from '../../core/layout.ts';
import { loadDocument, saveDocument } from './alert-states.ts';
import { deliver } from './deliver.ts';
import type { Notifier, NotifyReport } from './notifier.ts';

/** `lines` is called only when a digest is due: it looks at every source. */
export async function sendDigest(
  config: DigestConfig,
  lines: () => Promise<readonly DigestLine[]>,
  notifier: Notifier,
): Promise<NotifyReport> {
  const object = layout.alert('digest');
  const state = await loadDocument(notifier, object, digestStateSchema);
  const now = notifier.now();
  const due = dueDigest(config, state, now);
  if (!due) {
    const known = config.to.every((channel) => state?.sent[channel] !== undefined);
    if (!known)
      await saveDocument(notifier, object, recordDigest(config, state, { at: now, channels: [] }));
    return { delivered: 0, failed: [] };
  }
  const message = digestMessage(await lines(), { scope: notifier.scope, at: now });
  const parcels = due.channels.map((channel) => ({ id: channel, channel, message }));
  const receipts = await deliver(parcels, notifier);
  const failed = receipts.flatMap(({ channel, error }) =>
    error === undefined ? [] : [{ channel, title: message.title, error }],
  );
  const channels = receipts.flatMap(({ channel, error }) => (error === undefined ? [channel] : []));
  await saveDocument(notifier, object, recordDigest(config, state, { at: due.at, channels }));
  return { delivered: channels.length, failed };
}
