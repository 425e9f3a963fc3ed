/** Two loopback addresses with one port that is free on both: nodes of a cluster share their port. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

export interface Addresses {
  readonly port: number;
  readonly addresses: readonly [string, string];
}

/** Free at this moment; a race with another process shows as a failed start. */
export async function freeAddresses(): Promise<Addresses> {
  const net = `127.${randomInt(64, 255)}.${randomInt(1, 255)}`;
  const addresses = [`${net}.2`, `${net}.3`] as const;
  for (;;) {
    const port = await listenOnce(addresses[0], 0);
    if (port !== undefined && (await listenOnce(addresses[1], port))) return { port, addresses };
  }
}

function listenOnce(host: string, port: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const server = createServer();
  server.once('error', () => resolve(undefined));
  server.listen(port, host, () => {
    const address = server.address();
    const taken = typeof address === 'object' && address !== null ? address.port : undefined;
    server.close(() => resolve(taken));
  });
  return promise;
}
