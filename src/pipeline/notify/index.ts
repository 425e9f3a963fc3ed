export { sendDigest } from './digest.ts';
export type { FailedDelivery, Notifier, NotifyReport } from './notifier.ts';
export { notify, openAlerts, tendAlerts } from './notify.ts';
export { type ChannelTest, testChannels } from './test-message.ts';
