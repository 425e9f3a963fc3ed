/** Whether anything listens where a node should not any more. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseConnection } from '../connection.ts';

/**
 * The kernel takes connections for a frozen server too, so no answer is needed. `false` also where the machine
 * cannot be reached.
 */
export async function portIsHeld(url: string, signal: AbortSignal): Promise<boolean> {
  const { host, port } = parseConnection(url);
  const socket = host.startsWith('/')
    ? connect({ path: join(host, `.s.PGSQL.${port}`) })
    : connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  } finally {
    socket.destroy();
  }
}
