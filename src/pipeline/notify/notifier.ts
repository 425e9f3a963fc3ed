/** What the use cases of alerting work with. */
import type { Route } from '../../core/config/schema.ts';
import type { Channel } from '../../core/ports/channel.ts';
import type { ObjectStore } from '../../core/ports/store.ts';

export interface Notifier {
  /** The vault's primary store: alerts on change need to know what is open. */
  readonly store: ObjectStore;
  /** Remembers while the vault cannot: a place on this machine. */
  readonly spare?: ObjectStore | undefined;
  /** The vault's id: tells apart the alerts of two vaults with sources of one name. */
  readonly scope: string;
  /** Of the deployment: the commands of its messages name it. */
  readonly stage?: string | undefined;
  readonly routes: readonly Route[];
  /** By their names in the configuration. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly log: (line: string, fields?: Record<string, unknown>) => void;
  /** Before the second attempt at a channel; doubles. Default 1000. */
  readonly retryDelayMs?: number;
}

export interface FailedDelivery {
  readonly channel: string;
  readonly title: string;
  readonly error: string;
}

/** What became of the messages. A failed delivery is kept for the next run; it fails nothing. */
export interface NotifyReport {
  readonly delivered: number;
  readonly failed: readonly FailedDelivery[];
}
