import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sns } from '../../../src/channels/sns/sns.ts';
import { type Sns, startSns } from '../../servers/sns.ts';
import { deployed, firing, info, monstrous, soon } from '../messages.ts';

const topic = 'arn:aws:sns:eu-west-3:111122223333:backups';
let server: Sns;
beforeAll(async () => {
  server = await startSns(topic);
});
afterAll(() => server.close());

function channelTo(arn: string, fields = {}) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  const config = sns.schema.parse({ sns: arn, endpoint: server.url, ...fields });
  return sns.create(config, { secret: async () => '', now: () => new Date() });
}
const last = () => server.published.at(-1) ?? {};

describe('an SNS topic', () => {
  test('takes a message with subject and attributes to filter by', async () => {
    await channelTo(topic).send(firing, soon());
    expect(last()).toMatchObject({
      TopicArn: topic,
      Subject: '[holdfast] Backup of orders failed',
      'MessageAttributes.entry.1.Name': 'event',
      'MessageAttributes.entry.1.Value.StringValue': 'backup.failed',
    });
    expect(last()['Message']).toContain('Run next:\n  holdfast executions show run-1');
    expect(server.requests.at(-1)?.headers.authorization).toContain('/eu-west-3/sns/');
  });

  test('takes a message far beyond its limits', async () => {
    await channelTo(topic).send(monstrous, soon());
    expect(last()['Subject']?.length).toBeLessThan(100);
    await channelTo(topic).send(info, soon());
    expect(last()['Subject']).toBe('[holdfast] Test message of Holdfast');
  });

  test('speaks the schema of Amazon Q in chat when asked to', async () => {
    await channelTo(topic, { format: 'amazon-q' }).send(firing, soon());
    expect(JSON.parse(last()['Message'] ?? '')).toMatchObject({
      version: '1.0',
      source: 'custom',
      content: {
        title: 'Backup of orders failed',
        nextSteps: ['`holdfast executions show run-1`'],
      },
      metadata: { threadId: firing.dedupKey },
    });
    await channelTo(topic, { format: 'amazon-q' }).send(info, soon());
    expect(JSON.parse(last()['Message'] ?? '').content.nextSteps).toEqual([]);
  });

  test('leads to the execution of a deployment, as text and as Markdown', async () => {
    await channelTo(topic).send(deployed, soon());
    expect(last()['Message']).toContain(`\n\n${deployed.link}\n\n`);
    await channelTo(topic, { format: 'amazon-q' }).send(deployed, soon());
    const { content } = JSON.parse(last()['Message'] ?? '');
    expect(content.description).toContain(`[Execution](${deployed.link})`);
  });

  test('a FIFO topic gets a group and a deduplication id', async () => {
    await using fifo = await startSns(`${topic}.fifo`);
    await channelTo(`${topic}.fifo`, { endpoint: fifo.url }).send(firing, soon());
    expect(fifo.published[0]).toMatchObject({ MessageGroupId: firing.dedupKey });
    expect(fifo.published[0]?.['MessageDeduplicationId']).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['denied', 'CHANNEL_REFUSED', false],
    ['absent', 'CHANNEL_REFUSED', false],
    ['down', 'CHANNEL_UNREACHABLE', true],
  ])('a topic that is %s is %s', async (name, code, retryable) => {
    const sending = channelTo(topic.replace('backups', name)).send(firing, soon());
    await expect(sending).rejects.toMatchObject({ code, retryable });
  });

  test('an endpoint that is not there is retryable', async () => {
    const sending = channelTo(topic, { endpoint: 'http://127.0.0.1:1' }).send(firing, soon());
    await expect(sending).rejects.toMatchObject({ code: 'CHANNEL_UNREACHABLE', retryable: true });
  });
});

test('an entry names a topic by its ARN', () => {
  expect(sns.schema.safeParse({ sns: 'backups' }).success).toBe(false);
  expect(
    sns.schema.safeParse({ sns: 'arn:aws-cn:sns:cn-north-1:111122223333:a.fifo' }).success,
  ).toBe(true);
});
