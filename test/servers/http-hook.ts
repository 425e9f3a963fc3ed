/** An HTTP proxy before a server: a test does something before a request is passed on, or answers it itself. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { S3Server } from './versitygw.ts';

/** What the server would have said instead of passing the request on. */
export interface HookedAnswer {
  readonly status: number;
  readonly body: string;
}

/** `path` is without its query, decoded. */
export type Hook = (seen: {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}) => Promise<HookedAnswer | undefined> | HookedAnswer | undefined;

export interface HookedServer extends S3Server {
  set(hook: Hook): void;
}

/** `stop` ends the server as well. Requests keep their `Host`, which signatures cover. */
export async function hookInto(server: S3Server): Promise<HookedServer> {
  let hook: Hook = () => undefined;
  const proxy = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', server.endpoint);
    const { method = 'GET', headers } = incoming;
    const path = decodeURIComponent(url.pathname);
    const answer = await hook({ method, path, query: url.searchParams, headers });
    if (answer === undefined) pass(server, incoming, outgoing);
    else outgoing.writeHead(answer.status, { 'content-type': 'application/xml' }).end(answer.body);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    ...server,
    endpoint: `http://127.0.0.1:${(proxy.address() as { port: number }).port}`,
    set(next) {
      hook = next;
    },
    async stop() {
      proxy.closeAllConnections();
      proxy.close();
      await server.stop();
    },
  };
}

function pass(server: S3Server, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, headers } = incoming;
  const onward = request(new URL(incoming.url ?? '/', server.endpoint), { method, headers });
  onward.on('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}
