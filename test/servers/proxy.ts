/** A TCP proxy that a test can make worse: cut connections, hang, go slow, be gone. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export type ProxyMode =
  | { readonly kind: 'pass' }
  /** Takes bytes and answers nothing. */
  | { readonly kind: 'hang' }
  /** Passes this many bytes of each answer, then nothing more. */
  | { readonly kind: 'stall'; readonly afterBytes: number }
  /** Passes this many bytes of each answer, then resets the connection. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Takes the request to its server, and resets instead of answering. */
  | { readonly kind: 'swallow' };

export interface TcpProxy {
  readonly port: number;
  /** For the next `connections` connections (all without); those that are open are ended. */
  set(mode: ProxyMode, connections?: number): void;
  stop(): Promise<void>;
}

export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let mode: ProxyMode = { kind: 'pass' };
  let left = Number.POSITIVE_INFINITY;
  const server: Server = createServer((client) => {
    const current: ProxyMode = left > 0 ? mode : { kind: 'pass' };
    left -= 1;
    const upstream = connect(targetPort, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    join(client, upstream, current);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    set(next, connections = Number.POSITIVE_INFINITY) {
      mode = next;
      left = connections;
      endAll();
    },
    async stop() {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}

function join(client: Socket, upstream: Socket, mode: ProxyMode): void {
  client.on('close', () => upstream.destroy());
  if (mode.kind === 'hang') {
    client.resume();
    return;
  }
  client.pipe(upstream);
  upstream.on('close', () => client.end());
  let passed = 0;
  upstream.on('data', (chunk: Buffer) => {
    const room = allowed(mode) - passed;
    passed += chunk.length;
    if (room > 0) client.write(chunk.subarray(0, room));
    if (passed > allowed(mode) && mode.kind !== 'stall') client.resetAndDestroy();
  });
}

function allowed(mode: ProxyMode): number {
  if (mode.kind === 'swallow') return 0;
  return 'afterBytes' in mode ? mode.afterBytes : Number.POSITIVE_INFINITY;
}
