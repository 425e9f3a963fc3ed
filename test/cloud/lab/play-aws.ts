/** What AWS itself says on an account's bus and in its metrics, said by a test. */
import type { Cloud } from '../lab.ts';

/**
 * An API call as CloudTrail hands it to EventBridge.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
export interface ApiCall {
  readonly service: 'kms' | 's3';
  readonly eventName: string;
  readonly requestParameters: object;
  readonly resources: readonly { readonly ARN: string; readonly type: string }[];
  readonly sourceIPAddress?: string;
}

export async function tellCall(cloud: Cloud, call: ApiCall): Promise<void> {
  const { service, sourceIPAddress = '198.51.100.7', ...rest } = call;
  const detail = {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      arn: `arn:aws:iam::${cloud.account}:user/mallory`,
      accountId: cloud.account,
    },
    eventTime: new Date().toISOString(),
    eventSource: `${service}.amazonaws.com`,
    awsRegion: cloud.region,
    sourceIPAddress,
    ...rest,
    readOnly: false,
    eventType: 'AwsApiCall',
    recipientAccountId: cloud.account,
    eventCategory: 'Management',
  };
  const entry = {
    Source: `aws.${service}`,
    DetailType: 'AWS API Call via CloudTrail',
    Detail: JSON.stringify(detail),
    Resources: [],
  };
  await ask(cloud, 'events', {
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSEvents.PutEvents',
    },
    body: JSON.stringify({ Entries: [entry] }),
  });
}

/**
 * SQS tells CloudWatch, once a minute, how many messages a queue holds.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export async function tellQueue(cloud: Cloud, queue: string, visible: number): Promise<void> {
  const body = new URLSearchParams({
    Action: 'PutMetricData',
    Version: '2010-08-01',
    Namespace: 'AWS/SQS',
    'MetricData.member.1.MetricName': 'ApproximateNumberOfMessagesVisible',
    'MetricData.member.1.Dimensions.member.1.Name': 'QueueName',
    'MetricData.member.1.Dimensions.member.1.Value': queue,
    'MetricData.member.1.Value': String(visible),
  });
  await ask(cloud, 'monitoring', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
  });
}

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The emulator takes any signature of a key that it knows. */
async function ask(cloud: Cloud, service: string, { headers, body }: Request): Promise<void> {
  const scope = `${cloud.client.credentials.accessKeyId}/20261121/${cloud.region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const given = { method: 'POST', headers: { ...headers, authorization }, body };
  const answer = await fetch(cloud.endpoint, given);
  const text = await answer.text();
  if (!answer.ok || /"FailedEntryCount": ?[1-9]/.test(text)) throw new Error(`refused: ${text}`);
}
