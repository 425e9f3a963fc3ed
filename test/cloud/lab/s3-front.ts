/** An HTTP proxy before S3 that answers 503 SlowDown, hangs up or never answers, as often as it is told. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Trouble {
  readonly kind: 'slow-down' | 'hang-up' | 'hang';
  /** Which requests: `PUT /acme-vault/data/`. */
  readonly matching: RegExp;
  readonly times: number;
}

export interface S3Front {
  readonly endpoint: string;
  /** For the next requests that match. */
  make(trouble: Trouble): void;
  /** How often trouble was made since it was last told. */
  readonly made: number;
  stop(): Promise<void>;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const slowDown =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message><RequestId>0</RequestId></Error>';

export async function startS3Front(target: string): Promise<S3Front> {
  let trouble: Trouble | undefined;
  let made = 0;
  const server = createServer((incoming, answer) => {
    const said = `${incoming.method} ${incoming.url}`;
    if (trouble === undefined || made >= trouble.times || !trouble.matching.test(said)) {
      pass(target, incoming, answer);
      return;
    }
    made += 1;
    if (trouble.kind === 'hang-up') incoming.socket.resetAndDestroy();
    else if (trouble.kind === 'slow-down')
      answer.writeHead(503, { 'content-type': 'application/xml' }).end(slowDown);
    else incoming.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    make(next) {
      trouble = next;
      made = 0;
    },
    get made() {
      return made;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Headers as they came, the host with its signature among them. */
function pass(target: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { hostname, port } = new URL(target);
  const { method, headers, url: path } = incoming;
  const onwards = request({ hostname, port, method, headers, path }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  onwards.on('error', () => answer.destroy());
  answer.on('close', () => onwards.destroy());
  incoming.pipe(onwards);
}
