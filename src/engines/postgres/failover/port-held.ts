/** Whether anything listens where a node should not any more. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseConnection } from '../connection.ts';

/** `silent`: nobody answers, neither yes nor no; the machine or the way to it may be down. */
export type Port = 'held' | 'refused' | 'silent';

/** The kernel takes connections for a frozen server too, so no answer of the server is needed. */
export async function lookAtPort(url: string, signal: AbortSignal): Promise<Port> {
  const { host, port } = parseConnection(url);
  const socket = host.startsWith('/')
    ? connect({ path: join(host, `.s.PGSQL.${port}`) })
    : connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) });
    return 'held';
  } catch (error) {
    signal.throwIfAborted();
    return codesOf(error).every((code) => code === 'ECONNREFUSED' || code === 'ENOENT')
      ? 'refused'
      : 'silent';
  } finally {
    socket.destroy();
  }
}

/** A name with several addresses fails with an error for each. ENOENT: of a socket's file. */
function codesOf(error: unknown): readonly (string | undefined)[] {
  const all: readonly NodeJS.ErrnoException[] =
    error instanceof AggregateError ? error.errors : [error as NodeJS.ErrnoException];
  return all.map(({ code }) => code);
}

/** `false` also where the machine cannot be reached. */
export const portIsHeld = async (url: string, signal: AbortSignal): Promise<boolean> =>
  (await lookAtPort(url, signal)) === 'held';
