/** What a kind of channel brings to the registry. */
import type { z } from 'zod';
import { ChannelError } from '../core/errors.ts';
import type { Channel } from '../core/ports/channel.ts';

export interface ChannelDependencies {
  /** Resolves a reference (`env:…`, `file:…`, `ssm:…`, `secretsmanager:…`) at each message. */
  secret(reference: string): Promise<string>;
  readonly now: () => Date;
}

export interface ChannelKind<C = never> {
  /** The key by which an entry of the configuration says what it is: `slack: env:SLACK_WEBHOOK`. */
  readonly kind: string;
  readonly schema: z.ZodType<C>;
  create(config: C, dependencies: ChannelDependencies): Channel;
}

/** A kind as the registry lists it: opens the entries that carry its key. */
export interface RegisteredChannel {
  readonly kind: string;
  readonly schema: z.ZodType;
  open(entry: unknown, dependencies: ChannelDependencies): Channel;
}

export const register = <C>(channel: ChannelKind<C>): RegisteredChannel => ({
  kind: channel.kind,
  schema: channel.schema,
  open: (entry, dependencies) => channel.create(channel.schema.parse(entry), dependencies),
});

/** The channel of an entry that the configuration's schema has accepted. */
export function openChannel(
  kinds: readonly RegisteredChannel[],
  entry: unknown,
  dependencies: ChannelDependencies,
): Channel {
  const keys = Object.keys(Object(entry));
  const found = kinds.find(({ kind }) => keys.includes(kind));
  if (found) return found.open(entry, dependencies);
  throw new ChannelError(`no kind of channel is named: the keys are ${keys.join(', ')}`, {
    code: 'CHANNEL_UNKNOWN',
    hint: `Use one of ${kinds.map(({ kind }) => kind).join(', ')}.`,
  });
}
