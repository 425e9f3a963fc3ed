/**
 * Answers as a Slack incoming webhook does.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors
 * https://docs.slack.dev/reference/block-kit/blocks
 */
import { z } from 'zod';
import { type Answer, type HttpReceiver, startHttpReceiver } from './http-receiver.ts';

/** https://docs.slack.dev/messaging/formatting-message-text#linking-urls */
const link = /<https?:\/\/[^<>|\s]+\|[^<>|]+>/g;

const markdown = (limit: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    // An ampersand that starts no entity, or a bare angle bracket, was not escaped.
    text: z
      .string()
      .min(1)
      .max(limit)
      .refine((text) => !/[<>]|&(?!(amp|lt|gt);)/.test(text.replaceAll(link, ''))),
  });

const blockSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('header'),
    text: z.strictObject({
      type: z.literal('plain_text'),
      text: z.string().min(1).max(150),
      emoji: z.boolean(),
    }),
  }),
  z.strictObject({ type: z.literal('section'), text: markdown(3000) }),
  z.strictObject({ type: z.literal('context'), elements: z.array(markdown(3000)).min(1).max(10) }),
]);

export const slackMessageSchema = z.strictObject({
  text: z.string().min(1),
  blocks: z.array(blockSchema).max(50),
});
export type SlackMessage = z.infer<typeof slackMessageSchema>;

const webhookPath = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';

export async function startSlack(): Promise<HttpReceiver & { readonly webhook: string }> {
  const receiver = await startHttpReceiver(({ path, body }) => {
    if (path !== webhookPath) return { status: 404, body: 'no_service' };
    return answerTo(body);
  });
  return { ...receiver, webhook: `${receiver.url}${webhookPath}` };
}

function answerTo(body: string): Answer {
  const message = slackMessageSchema.safeParse(JSON.parse(body));
  if (!message.success) return { status: 400, body: 'invalid_blocks' };
  // Undocumented: github.com/slackapi/bolt-js/issues/2509
  if (JSON.stringify(message.data.blocks).length > 13_200) {
    return { status: 400, body: 'msg_blocks_too_long' };
  }
  return { status: 200, body: 'ok' };
}
