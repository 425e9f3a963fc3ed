import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sns } from '../../../src/channels/sns/sns.ts';
import { startMoto } from '../../servers/moto.ts';
import type { S3Server } from '../../servers/versitygw.ts';
import { firing, soon } from '../messages.ts';

let server: S3Server;
beforeAll(async () => {
  server = await startMoto();
});
afterAll(() => server.stop());

function channelTo(arn: string) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const config = sns.schema.parse({ sns: arn, endpoint: server.endpoint });
  return sns.create(config, { secret: async () => '', now: () => new Date() });
}

test('a topic of a second emulator takes the message and hands it on; one that is absent refuses', async () => {
  const place = { ...server, region: 'us-east-1' };
  const topics = new SNSClient(place);
  const queues = new SQSClient({ ...place, useQueueUrlAsEndpoint: false });
  const { TopicArn = '' } = await topics.send(new CreateTopicCommand({ Name: 'team' }));
  const { QueueUrl } = await queues.send(new CreateQueueCommand({ QueueName: 'inbox' }));
  const Endpoint = 'arn:aws:sqs:us-east-1:123456789012:inbox';
  await topics.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  await channelTo(TopicArn).send(firing, soon());
  const { Messages = [] } = await queues.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(JSON.parse(String(Messages[0]?.Body))).toMatchObject({
    Subject: '[holdfast] Backup of orders failed',
    MessageAttributes: { event: { Value: 'backup.failed' } },
  });
  const refused = { code: 'CHANNEL_REFUSED', retryable: false };
  await expect(channelTo(`${TopicArn}-gone`).send(firing, soon())).rejects.toMatchObject(refused);
  topics.destroy();
  queues.destroy();
});
