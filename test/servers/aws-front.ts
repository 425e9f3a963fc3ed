/**
 * Stands before moto as the API of RDS and EC2 in every Region: refuses what AWS's own models do not know, and lets a
 * test deny, lose or hang a call, or make a Region dark.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isService, modelOf, problemsOf, type Service } from './botocore-model.ts';
import type { S3Server } from './versitygw.ts';

export interface AwsCall {
  readonly service: Service;
  readonly region: string;
  readonly action: string;
  readonly parameters: URLSearchParams;
}

export interface AwsAnswer {
  readonly status: number;
  readonly body: string;
}

/** Answers in place of moto, or changes what `pass` brought from it. */
export type Serve = (call: AwsCall, pass: () => Promise<AwsAnswer>) => Promise<AwsAnswer>;

/** `lose`: it takes effect and its answer is lost. `hang`: it is heard by nobody, and never answered. */
export type Fault = 'deny' | 'lose' | 'hang' | 'throttle';

export interface AwsFront extends S3Server {
  /** What took effect or was asked, in order; not what was denied or hangs. */
  readonly calls: readonly AwsCall[];
  /** Requests that AWS would not have understood: a test ends with none. */
  readonly violations: readonly string[];
  /** Asked for each call; `undefined` takes it back. */
  break(fault: ((call: AwsCall) => Fault | undefined) | undefined): void;
}

export async function startAwsFront(server: S3Server, serve: Serve): Promise<AwsFront> {
  const calls: AwsCall[] = [];
  const violations: string[] = [];
  let broken: (call: AwsCall) => Fault | undefined = () => undefined;
  const answer = async (call: AwsCall, pass: () => Promise<AwsAnswer>) => {
    const problems = problemsOf(await modelOf(call.service), call.action, call.parameters);
    if (problems.length > 0) {
      violations.push(`${call.action}: ${problems.join('; ')}`);
      return failure(call.service, 'ValidationError', problems.join('; '));
    }
    calls.push(call);
    return serve(call, pass);
  };
  const front = createServer(async (incoming, outgoing) => {
    const body = await textOf(incoming);
    const call = callOf(incoming, body);
    const fault = broken(call);
    if (fault === 'hang') return;
    const given =
      fault === undefined || fault === 'lose'
        ? await answer(call, () => pass(server, incoming, body))
        : refusal(fault, call);
    if (fault === 'lose') outgoing.destroy();
    else send(outgoing, given);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    ...{ calls, violations, credentials: server.credentials },
    endpoint: `http://127.0.0.1:${(front.address() as { port: number }).port}`,
    break(fault) {
      broken = fault ?? (() => undefined);
    },
    async stop() {
      front.closeAllConnections();
      front.close();
      await server.stop();
    },
  };
}

const send = (outgoing: ServerResponse, { status, body }: AwsAnswer) =>
  outgoing.writeHead(status, { 'content-type': 'text/xml' }).end(body);

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return text;
}

/** Region and service stand in the signature. */
function callOf({ headers }: IncomingMessage, body: string): AwsCall {
  const scope = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '');
  const [, region = '', service = ''] = scope ?? [];
  if (!isService(service)) throw new Error(`no front for the service "${service}"`);
  const parameters = new URLSearchParams(body);
  return { region, service, parameters, action: parameters.get('Action') ?? '' };
}

async function pass(
  { endpoint }: S3Server,
  { headers }: IncomingMessage,
  body: string,
): Promise<AwsAnswer> {
  const { authorization = '', 'content-type': type = '' } = headers;
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization, 'content-type': type },
    body,
  });
  return { status: response.status, body: await response.text() };
}

function refusal(fault: 'deny' | 'throttle', { action, service, region }: AwsCall): AwsAnswer {
  if (fault === 'throttle') return failure(service, 'Throttling', 'Rate exceeded');
  const name = service === 'ec2' ? 'UnauthorizedOperation' : 'AccessDenied';
  const words = `User: arn:aws:iam::123456789012:user/test is not authorized to perform: ${service}:${action} in ${region}`;
  return failure(service, name, words, 403);
}

/** As each of the two services words an error. */
export function failure(service: Service, code: string, words: string, status = 400): AwsAnswer {
  const error = `<Code>${code}</Code><Message>${words}</Message>`;
  const body =
    service === 'ec2'
      ? `<Response><Errors><Error>${error}</Error></Errors><RequestID>1</RequestID></Response>`
      : `<ErrorResponse><Error><Type>Sender</Type>${error}</Error><RequestId>1</RequestId></ErrorResponse>`;
  return { status, body };
}
