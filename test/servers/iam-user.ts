/** Users of ministack with `auth`, by the query API of IAM: its client is no dependency of Holdfast. */
import type { S3Server } from './versitygw.ts';

/** Its key; without a policy it may do nothing. */
export async function createUser(
  server: S3Server,
  name: string,
  policy?: object,
): Promise<S3Server['credentials']> {
  await iam(server, { Action: 'CreateUser', UserName: name });
  if (policy !== undefined) {
    const PolicyDocument = JSON.stringify(policy);
    await iam(server, { Action: 'PutUserPolicy', UserName: name, PolicyName: 'p', PolicyDocument });
  }
  const key = await iam(server, { Action: 'CreateAccessKey', UserName: name });
  const element = (tag: string) => new RegExp(`<${tag}>(.*)</${tag}>`).exec(key)?.[1] ?? '';
  return { accessKeyId: element('AccessKeyId'), secretAccessKey: element('SecretAccessKey') };
}

async function iam(server: S3Server, parameters: Record<string, string>): Promise<string> {
  const credential = `${server.credentials.accessKeyId}/20260101/us-east-1/iam/aws4_request`;
  const response = await fetch(server.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
    },
    body: new URLSearchParams({ ...parameters, Version: '2010-05-08' }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`IAM refused ${parameters['Action']}: ${text}`);
  return text;
}
