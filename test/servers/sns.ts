/**
 * Answers as Amazon SNS does to Publish: the Query protocol of botocore's model sns/2010-03-31.
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
import { type Answer, type HttpReceiver, startHttpReceiver } from './http-receiver.ts';

export interface Sns extends HttpReceiver {
  /** The parameters of what was published. */
  readonly published: readonly Readonly<Record<string, string>>[];
}

export async function startSns(topic: string): Promise<Sns> {
  const published: Record<string, string>[] = [];
  const receiver = await startHttpReceiver(({ body }) => {
    const parameters = Object.fromEntries(new URLSearchParams(body));
    const problem = problemOf(parameters, topic);
    if (problem) return problem;
    published.push(parameters);
    return answer(
      200,
      `<PublishResponse xmlns="${namespace}"><PublishResult><MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId></PublishResult>${metadata}</PublishResponse>`,
    );
  });
  return { ...receiver, published };
}

const namespace = 'http://sns.amazonaws.com/doc/2010-03-31/';
const metadata =
  '<ResponseMetadata><RequestId>d74b8436-ae13-5ab4-a9ff-ce54dfea72a0</RequestId></ResponseMetadata>';

const answer = (status: number, body: string): Answer => ({
  status,
  body,
  headers: { 'content-type': 'text/xml' },
});

const error = (status: number, code: string): Answer =>
  answer(
    status,
    `<ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${code}</Code><Message>refused</Message></Error><RequestId>d74b8436</RequestId></ErrorResponse>`,
  );

/** Errors as the API names them: NotFound, AuthorizationError, InvalidParameter. */
function problemOf(parameters: Record<string, string>, topic: string): Answer | undefined {
  const { Action, Version, TopicArn, Message = '', Subject = '' } = parameters;
  if (Action !== 'Publish' || Version !== '2010-03-31') return error(400, 'InvalidAction');
  if (TopicArn?.endsWith(':denied')) return error(403, 'AuthorizationError');
  if (TopicArn?.endsWith(':down')) return error(500, 'InternalError');
  if (TopicArn !== topic) return error(404, 'NotFound');
  const size = Buffer.byteLength(Message);
  const subject = /^[\x21-\x7e][\x20-\x7e]{0,98}$/.test(Subject);
  const fifo = !topic.endsWith('.fifo') || 'MessageGroupId' in parameters;
  const valid = size > 0 && size <= 262_144 && subject && fifo;
  return valid ? undefined : error(400, 'InvalidParameter');
}
