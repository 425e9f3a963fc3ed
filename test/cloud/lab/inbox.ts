/** A topic and a queue behind it: what people would have been told. */
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
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
  /** The topic goes. */
  remove(): Promise<void>;
  /** The same topic again, with its queue behind it. */
  restore(): Promise<void>;
  close(): void;
}

const openTo = (Service: string, Resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sqs:SendMessage', Resource }],
});

/** `topic`: its name, or the ARN of one that exists. */
export async function openInbox(cloud: Cloud, topic: string): Promise<Inbox> {
  const sns = new SNSClient(cloud.client);
  const sqs = new SQSClient({ ...cloud.client, useQueueUrlAsEndpoint: false });
  const name = topic.split(':').at(-1);
  const create = async () =>
    String((await sns.send(new CreateTopicCommand({ Name: name }))).TopicArn);
  const topicArn = topic.startsWith('arn:') ? topic : await create();
  const QueueName = `inbox-of-${name}`;
  const Endpoint = `arn:aws:sqs:${cloud.region}:${cloud.account}:${QueueName}`;
  const Attributes = { Policy: JSON.stringify(openTo('sns.amazonaws.com', Endpoint)) };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  const subscription = new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint });
  await sns.send(subscription);
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
    async remove() {
      await sns.send(new DeleteTopicCommand({ TopicArn: topicArn }));
    },
    async restore() {
      await create();
      await sns.send(subscription);
    },
    close() {
      sns.destroy();
      sqs.destroy();
    },
  };
}
