/** Any HTTP receiver: the message as JSON, signed so that it can tell it from a forgery or a replay. */
import { z } from 'zod';
import { referencePattern, referenceSchema } from '../../core/config/values.ts';
import type { AlertMessage } from '../../core/ports/channel.ts';
import type { ChannelKind } from '../channel-kind.ts';
import { postJson } from '../http-post.ts';
import { signatureHeader } from './signature.ts';

const urlPattern = /^https?:\/\/[^\s@]+$/;

const schema = z.strictObject({
  webhook: z
    .string()
    .regex(
      new RegExp(`${urlPattern.source}|${referencePattern.source}`),
      'expected https://host/path without credentials, or a reference to it',
    ),
  /** Shared with the receiver. */
  secret: referenceSchema,
});

export const webhook: ChannelKind<z.infer<typeof schema>> = {
  kind: 'webhook',
  schema,
  create: (config, { secret, now }) => ({
    kind: 'webhook',
    async send(message, signal) {
      const url = urlPattern.test(config.webhook) ? config.webhook : await secret(config.webhook);
      const key = (await secret(config.secret)).trim();
      const body = JSON.stringify(webhookBody(message));
      const headers = { 'holdfast-signature': signatureHeader(body, key, now()) };
      await postJson({
        channel: 'webhook',
        url: url.trim(),
        body,
        headers,
        signal,
        secrets: [key],
      });
    },
  }),
};

/** Documented in docs/alerts.md; keys are added, never renamed. */
export const webhookBody = (message: AlertMessage) => ({ version: 1, ...message });
