/** An HTTP proxy before an S3 server that counts requests in the classes in which S3 bills them. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';

/** https://aws.amazon.com/s3/pricing/: PUT, COPY, POST, LIST; GET and all others; DELETE is free. */
export type RequestClass = 'put' | 'get' | 'free';
export type RequestCounts = Readonly<Record<RequestClass, number>>;

export interface CountingProxy {
  readonly endpoint: string;
  /** Since the last call. */
  take(): RequestCounts;
  stop(): Promise<void>;
}

export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  let counts = { put: 0, get: 0, free: 0 };
  const server = createServer((incoming, answer) => {
    counts[classOf(incoming)] += 1;
    const { method, url: path, headers } = incoming;
    // The signature covers the Host header that the client saw.
    const onward = request({ hostname, port, method, path, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 502, given.headers);
      given.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const ownPort = typeof address === 'object' && address ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${ownPort}`,
    take() {
      const taken = counts;
      counts = { put: 0, get: 0, free: 0 };
      return taken;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function classOf({ method, url = '' }: IncomingMessage): RequestClass {
  if (method === 'DELETE') return 'free';
  if (method === 'PUT' || method === 'POST') return 'put';
  const query = new URL(url, 'http://localhost').searchParams;
  const lists = ['list-type', 'versions', 'uploads', 'prefix'].some((name) => query.has(name));
  return method === 'GET' && lists ? 'put' : 'get';
}
