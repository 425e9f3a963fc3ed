/**
 * What a security group is to a server: an address that is open, or drops what begins anew. As on AWS, connections
 * that are there already live on.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Place {
  readonly address: string;
  readonly port: number;
}

export type GateState = 'open' | 'closed' | 'dark' | 'inactive';

export interface Gate {
  /** `dark`: those that are there are cut off too. `inactive`: so they are, and others are refused at once. */
  set(state: GateState): void;
  /** Where new connections lead from now on. */
  lead(to: Place): void;
  stop(): Promise<void>;
}

export async function startGate(at: Place, to: Place): Promise<Gate> {
  const sockets = new Set<Socket>();
  let [state, target]: [GateState, Place] = ['open', to];
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (state === 'inactive') return void client.resetAndDestroy();
    // Dropped packets are never answered: the client waits.
    if (state !== 'open') return void client.resume();
    const upstream = connect(target.port, target.address);
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(at.port, at.address);
  await once(server, 'listening');
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    set(next) {
      state = next;
      if (next === 'dark' || next === 'inactive') endAll();
    },
    lead(place) {
      target = place;
    },
    async stop() {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}
