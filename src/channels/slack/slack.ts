/** A Slack incoming webhook. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
import { z } from 'zod';
import { referenceSchema } from '../../core/config/values.ts';
import type { ChannelKind } from '../channel-kind.ts';
import { postJson } from '../http-post.ts';
import { slackPayload } from './payload.ts';

const schema = z.strictObject({
  /** The webhook's URL, which is a secret. */
  slack: referenceSchema,
});

export const slack: ChannelKind<z.infer<typeof schema>> = {
  kind: 'slack',
  schema,
  create: (config, { secret }) => ({
    kind: 'slack',
    async send(message, signal) {
      const url = (await secret(config.slack)).trim();
      await postJson({
        channel: 'slack',
        url,
        body: JSON.stringify(slackPayload(message)),
        signal,
      });
    },
  }),
};
