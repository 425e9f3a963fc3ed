/** A TCP address of its own before a server: open, inactive as the writer endpoint of a secondary, or dark. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** `inactive`: connections are reset. `dark`: they are taken, and nothing ever comes. */
export type EndpointState = 'open' | 'inactive' | 'dark';

export interface Endpoint {
  readonly address: string;
  /** Sessions that are open end. */
  set(state: EndpointState): void;
  stop(): Promise<void>;
}

export async function startEndpoint(
  address: string,
  target: { readonly host: string; readonly port: number },
): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  let state: EndpointState = 'open';
  const server = createServer((client) => {
    keep(sockets, client);
    if (state === 'inactive') client.resetAndDestroy();
    if (state === 'dark') client.resume();
    if (state !== 'open') return;
    const upstream = connect(target);
    keep(sockets, upstream);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  server.listen(target.port, address);
  await once(server, 'listening');
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address,
    set(next) {
      if (next === state) return;
      state = next;
      endAll();
    },
    async stop() {
      server.close();
      endAll();
      await once(server, 'close');
    },
  };
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
}
