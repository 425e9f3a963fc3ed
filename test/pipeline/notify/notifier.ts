/** A notifier whose channels record what they take, or fail as they are told. */
import type { Route } from '../../../src/core/config/schema.ts';
import { ChannelError } from '../../../src/core/errors.ts';
import type { AlertMessage, Channel } from '../../../src/core/ports/channel.ts';
import type { ObjectStore } from '../../../src/core/ports/store.ts';
import type { Notifier } from '../../../src/pipeline/notify/index.ts';
import { openMemoryStore } from '../../../src/storage/memory/index.ts';

export interface RecordingChannel extends Channel {
  readonly taken: AlertMessage[];
  /** Attempts, failed ones included. */
  attempts: number;
  /** Thrown while set. */
  failure: Error | undefined;
}

export function recordingChannel(): RecordingChannel {
  return {
    kind: 'recording',
    taken: [],
    attempts: 0,
    failure: undefined,
    async send(message) {
      this.attempts += 1;
      if (this.failure) throw this.failure;
      this.taken.push(message);
    },
  };
}

export const refused = (retryable = false, retryAfterSeconds = 0) =>
  new ChannelError('slack: the receiver answered 404', {
    code: 'CHANNEL_REFUSED',
    retryable,
    retryAfterSeconds,
  });

export const routes: Route[] = [
  { on: ['backup.failed'], to: ['ops', 'oncall'], escalate: { after: '30m', to: ['pager'] } },
];

export interface World {
  readonly notifier: Notifier;
  readonly store: ObjectStore;
  readonly ops: RecordingChannel;
  readonly oncall: RecordingChannel;
  readonly pager: RecordingChannel;
  readonly logged: string[];
  /** Minutes since the beginning. */
  clock: number;
}

export function createWorld(store: ObjectStore = openMemoryStore()): World {
  const [ops, oncall, pager] = [recordingChannel(), recordingChannel(), recordingChannel()];
  const logged: string[] = [];
  const world: World = {
    store,
    ops,
    oncall,
    pager,
    logged,
    clock: 0,
    notifier: {
      store,
      scope: 'v1',
      routes,
      channels: new Map(Object.entries({ ops, oncall, pager })),
      now: () => new Date(Date.UTC(2026, 10, 21, 2, world.clock)),
      signal: new AbortController().signal,
      log: (line, fields) => logged.push(`${line} ${JSON.stringify(fields)}`),
      retryDelayMs: 1,
    },
  };
  return world;
}

export const titles = (channel: RecordingChannel): string[] =>
  channel.taken.map(({ title }) => title);
