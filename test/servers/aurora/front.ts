/**
 * The RDS API of two Regions for a global database: moto keeps clusters and members and answers what it can; who is
 * the writer, and what a switchover or failover is at, stands here, for moto knows neither call. Answers are those of
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_SwitchoverGlobalCluster.html and
 * …/API_FailoverGlobalCluster.html; every request is held against the service's published model first.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { S3Server } from '../versitygw.ts';
import { type Answer, failure, type Members, patched, success } from './answers.ts';
import { faultIn } from './model.ts';

export interface Change {
  readonly status: 'pending' | 'switching-over' | 'failing-over';
  readonly from: string;
  readonly to: string;
  readonly losesData: boolean;
}

export interface GlobalState {
  readonly members: Members;
  /** An ARN. */
  writer: string;
  change: Change | undefined;
}

/** What a test makes of the API. */
export interface Weather {
  /** Regions that take connections and answer nothing. */
  readonly dark: Set<string>;
  /** `us-west-2 SwitchoverGlobalCluster`, or with the target behind it. */
  readonly denied: Set<string>;
  /** Actions that are done, and whose connection is reset in place of the answer. */
  readonly swallowed: Set<string>;
}

export interface Front {
  readonly endpoint: string;
  /** What was asked: `us-west-2 SwitchoverGlobalCluster orders-west`. */
  readonly calls: string[];
  stop(): Promise<void>;
}

export interface FrontOptions {
  readonly moto: S3Server;
  readonly state: GlobalState;
  readonly weather: Weather;
  /** The effect on the servers; `kind` as it was asked for. */
  readonly promote: (kind: 'switchover' | 'failover', to: string) => void;
}

interface Request {
  readonly region: string;
  readonly action: string;
  readonly parameters: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

export async function startFront(options: FrontOptions): Promise<Front> {
  const calls: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const request = await read(incoming);
    const { region, action, parameters } = request;
    const target = parameters.get('TargetDbClusterIdentifier')?.split(':').at(-1) ?? '';
    calls.push(`${region} ${action} ${target}`.trim());
    if (options.weather.dark.has(region)) return;
    const answer = await answerOf(request, options);
    if (options.weather.swallowed.has(action)) outgoing.socket?.resetAndDestroy();
    else send(outgoing, answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    calls,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The Region is the one that the signature is for. */
async function read(incoming: IncomingMessage): Promise<Request> {
  let body = '';
  for await (const chunk of incoming) body += chunk;
  const parameters = new URLSearchParams(body);
  const [, region = ''] =
    /Credential=[^/]+\/\d+\/([^/]+)\//.exec(incoming.headers.authorization ?? '') ?? [];
  return { region, action: parameters.get('Action') ?? '', parameters, headers: incoming.headers };
}

async function answerOf(request: Request, options: FrontOptions): Promise<Answer> {
  const { action, parameters } = request;
  const fault = await faultIn(action, parameters);
  if (fault !== undefined) return failure(400, 'ValidationError', fault);
  if (isDenied(request, options.weather))
    return failure(
      403,
      'AccessDenied',
      `User: arn:aws:sts::123456789012:assumed-role/holdfast is not authorized to perform: rds:${action} on resource: ${parameters.get('TargetDbClusterIdentifier')}`,
    );
  if (action === 'SwitchoverGlobalCluster') return promote('switchover', request, options);
  if (action === 'FailoverGlobalCluster') return failOver(request, options);
  const answer = await fetch(options.moto.endpoint, {
    method: 'POST',
    headers: {
      authorization: request.headers.authorization ?? '',
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: parameters.toString(),
  });
  return { status: answer.status, body: patched(action, await answer.text(), options.state) };
}

function isDenied({ region, action, parameters }: Request, { denied }: Weather): boolean {
  const target = parameters.get('TargetDbClusterIdentifier')?.split(':').at(-1);
  return denied.has(`${region} ${action}`) || denied.has(`${region} ${action} ${target}`);
}

/** Neither of the two flags means a switchover; both together are refused. */
function failOver(request: Request, options: FrontOptions): Answer {
  const flag = (name: string) => request.parameters.get(name) === 'true';
  if (flag('AllowDataLoss') && flag('Switchover'))
    return failure(
      400,
      'InvalidParameterCombination',
      'AllowDataLoss and Switchover exclude each other',
    );
  return promote(flag('AllowDataLoss') ? 'failover' : 'switchover', request, options);
}

function promote(
  kind: 'switchover' | 'failover',
  { parameters }: Request,
  { state, weather, promote: begin }: FrontOptions,
): Answer {
  const to = parameters.get('TargetDbClusterIdentifier') ?? '';
  if (parameters.get('GlobalClusterIdentifier') !== 'orders')
    return failure(404, 'GlobalClusterNotFoundFault', 'Global cluster not found');
  if (!(to in state.members))
    return failure(404, 'DBClusterNotFoundFault', `DBCluster ${to} not found.`);
  if (state.change !== undefined)
    return failure(
      400,
      'InvalidGlobalClusterStateFault',
      'a switchover or failover is in progress',
    );
  if (state.writer === to)
    return failure(400, 'InvalidDBClusterStateFault', `${to} is the primary cluster`);
  const from = state.writer;
  const isDark = weather.dark.has(from.split(':')[3] ?? '');
  if (kind === 'switchover' && isDark)
    return failure(400, 'InvalidDBClusterStateFault', `${from} is not available`);
  state.change = { status: 'pending', from, to, losesData: kind === 'failover' };
  begin(kind, to);
  return success(
    kind === 'switchover' ? 'SwitchoverGlobalCluster' : 'FailoverGlobalCluster',
    state,
  );
}

const send = (outgoing: ServerResponse, { status, body }: Answer): void => {
  outgoing.writeHead(status, { 'content-type': 'text/xml' }).end(body);
};
