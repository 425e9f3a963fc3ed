/** A short session on one node: a server that takes connections and never answers must not hold a failover. */
import { onDatabase, parseConnection } from '../connection.ts';
import { type Session, withSession } from '../session.ts';

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
  const connection = parseConnection(url);
  const place = connection.database === undefined ? onDatabase(connection, 'postgres') : connection;
  return withSession(place, { side: 'source', signal, answerSeconds: seconds }, use);
}

/** `url` with the host and port of `node`: the application's credentials on the node's own address. */
export function atNode(url: string, node: string): string {
  const [application, address] = [new URL(url), parseConnection(node)];
  application.hostname = address.host.includes(':') ? `[${address.host}]` : address.host;
  application.port = String(address.port);
  return application.href;
}
