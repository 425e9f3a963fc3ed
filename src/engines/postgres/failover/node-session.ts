/** A short session on one node: a server that takes connections and never answers must not hold a failover. */
import { type Connection, onDatabase, parseConnection } from '../connection.ts';
import { openSession, type Session, withSession } from '../session.ts';

export interface NodeSessionOptions {
  readonly url: string;
  /** For the connection, and again for each statement. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export function withNode<T>(
  { url, seconds, signal }: NodeSessionOptions,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  return withSession(placeOf(url), { side: 'source', signal, answerSeconds: seconds }, use);
}

/** Kept open, where the next one could not be opened any more. */
export const openNode = ({ url, seconds, signal }: NodeSessionOptions): Promise<Session> =>
  openSession(placeOf(url), { side: 'source', signal, answerSeconds: seconds });

function placeOf(url: string): Connection {
  const connection = parseConnection(url);
  return connection.database === undefined ? onDatabase(connection, 'postgres') : connection;
}

/** `url` with the host and port of `node`: the application's credentials on the node's own address. */
export function atNode(url: string, node: string): string {
  const [application, address] = [new URL(url), parseConnection(node)];
  application.hostname = address.host.includes(':') ? `[${address.host}]` : address.host;
  application.port = String(address.port);
  return application.href;
}
