/** A topic and a queue behind it: what people would have been told. */
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Cloud } from '../lab.ts';

export interface Message {
  readonly subject: string;
  readonly text: string;
}

export interface Inbox {
  readonly topicArn: string;
  /** All that came so far, the oldest first. */
  messages(): Promise<readonly Message[]>;
  close(): void;
}

/** `topic`: its name, or the ARN of one that exists. */
export async function openInbox(cloud: Cloud, topic: string): Promise<Inbox> {
  const sns = new SNSClient(cloud.client);
  const sqs = new SQSClient({ ...cloud.client, useQueueUrlAsEndpoint: false });
  const name = topic.split(':').at(-1);
  const topicArn = topic.startsWith('arn:')
    ? topic
    : String((await sns.send(new CreateTopicCommand({ Name: topic }))).TopicArn);
  const QueueName = `inbox-of-${name}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const Endpoint = `arn:aws:sqs:${cloud.region}:${cloud.account}:${QueueName}`;
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint }));
  sns.destroy();
  const received: Message[] = [];
  return {
    topicArn,
    async messages() {
      for (;;) {
        const batch = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
        );
        if (!batch.Messages?.length) return received;
        for (const { Body = '', ReceiptHandle } of batch.Messages) {
          const { Subject = '', Message = '' } = JSON.parse(Body) as Record<string, string>;
          received.push({ subject: Subject, text: Message });
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
      }
    },
    close: () => sqs.destroy(),
  };
}
