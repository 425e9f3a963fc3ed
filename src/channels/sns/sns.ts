/** An Amazon SNS topic. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
import { createHash } from 'node:crypto';
import type { SNSClient } from '@aws-sdk/client-sns';
import { z } from 'zod';
import { ChannelError } from '../../core/errors.ts';
import type { AlertMessage } from '../../core/ports/channel.ts';
import type { ChannelKind } from '../channel-kind.ts';
import { plainText } from '../plain-text.ts';
import { oneLine, shorten } from '../shorten.ts';

const topicPattern = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[\w-]+(\.fifo)?$/;

const schema = z.strictObject({
  sns: z
    .string()
    .regex(topicPattern, 'expected the ARN of a topic: arn:aws:sns:region:account:name'),
  endpoint: z
    .string()
    .regex(/^https?:\/\/[^\s@]+$/, 'expected https://host')
    .optional(),
  /** `amazon-q`: as Amazon Q Developer in chat applications wants it; it drops anything else. */
  format: z.enum(['text', 'amazon-q']).default('text'),
});
type SnsConfig = z.infer<typeof schema>;

export const sns: ChannelKind<SnsConfig> = {
  kind: 'sns',
  schema,
  create: (config) => {
    let client: Promise<SNSClient> | undefined;
    return {
      kind: 'sns',
      async send(message, signal) {
        client ??= openClient(config);
        await publish(await client, config, { message, signal });
      },
    };
  },
};

/** Loaded at the first message: the SDK takes longer to load than most commands to run. */
async function openClient({ sns: topic, endpoint }: SnsConfig): Promise<SNSClient> {
  const sdk = await import('@aws-sdk/client-sns');
  const region = topicPattern.exec(topic)?.[1];
  return new sdk.SNSClient({
    maxAttempts: 1,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}

async function publish(
  client: SNSClient,
  config: SnsConfig,
  { message, signal }: { message: AlertMessage; signal: AbortSignal },
): Promise<void> {
  const { PublishCommand } = await import('@aws-sdk/client-sns');
  const abortSignal = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  try {
    await client.send(new PublishCommand(publishInput(message, config)), { abortSignal });
  } catch (error) {
    throw publishError(error);
  }
}

export function publishInput(message: AlertMessage, { sns: topic, format }: SnsConfig) {
  return {
    TopicArn: topic,
    Subject: subjectOf(message),
    Message:
      format === 'amazon-q' ? amazonQ(message) : shorten(plainText(message), 200_000, utf8Length),
    MessageAttributes: attributesOf(message),
    ...(topic.endsWith('.fifo') ? fifoOf(message) : {}),
  };
}

const utf8Length = (text: string): number => Buffer.byteLength(text);

/** At most 100 characters of ASCII, no control characters. */
const subjectOf = ({ title }: AlertMessage): string =>
  shorten(oneLine(`[holdfast] ${title}`).replace(/[^\x20-\x7e]/g, '?'), 99).replace('…', '.');

/** For filter policies of subscriptions. */
function attributesOf({ event, status, severity, source }: AlertMessage) {
  const values = { event, status, severity, ...(source === undefined ? {} : { source }) };
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { DataType: 'String', StringValue: value },
    ]),
  );
}

const fifoOf = (message: AlertMessage) => ({
  MessageGroupId: shorten(message.dedupKey, 128),
  MessageDeduplicationId: createHash('sha256')
    .update(`${message.dedupKey} ${message.status} ${message.at.toISOString()}`)
    .digest('hex'),
});

/** https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html */
const amazonQ = (message: AlertMessage): string =>
  JSON.stringify({
    version: '1.0',
    source: 'custom',
    content: {
      textType: 'client-markdown',
      title: shorten(oneLine(message.title), 250),
      description: shorten(`${message.detail}\n${message.impact}${linkOf(message)}`, 8000),
      nextSteps: message.command === '' ? [] : [shorten(`\`${message.command}\``, 350)],
      keywords: [message.event, message.severity],
    },
    metadata: { threadId: message.dedupKey, summary: shorten(oneLine(message.title), 250) },
  });

const linkOf = ({ link }: AlertMessage): string =>
  link === undefined ? '' : `\n[Execution](${link})`;

/** Names and statuses only: messages of the SDK repeat the request. */
function publishError(error: unknown): ChannelError {
  const name = error instanceof Error ? error.name : 'unknown';
  const metadata = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  const status = Number(Object(metadata).httpStatusCode ?? 0);
  const refused =
    (status >= 400 && status < 500 && status !== 429) || name.startsWith('Credentials');
  return new ChannelError(`sns: publishing failed: ${name}${status > 0 ? ` (${status})` : ''}`, {
    code: refused ? 'CHANNEL_REFUSED' : 'CHANNEL_UNREACHABLE',
    hint: refused
      ? 'The credentials in use need sns:Publish on the topic, and kms:GenerateDataKey* and kms:Decrypt where it is encrypted.'
      : 'Look at the network and at the Region in the topic’s ARN.',
    retryable: !refused,
  });
}
