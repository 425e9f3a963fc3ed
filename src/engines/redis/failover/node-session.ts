/** A short session on one node: a server that takes connections and never answers must not hold a failover. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { UsageError } from '../../../core/errors.ts';

export const noAnswer = 'no answer within';

/** What `CLIENT LIST` names our own sessions. */
export const ownName = 'holdfast';

export interface NodeSession {
  /** Rejects with the server's own words. */
  text(...words: readonly string[]): Promise<string>;
  /** An array of words, as `CONFIG GET` and `ZRANGE` answer. */
  list(...words: readonly string[]): Promise<readonly string[]>;
  /** `INFO SECTION`, `CONFIG GET NAME…`: names and values. */
  facts(...words: readonly string[]): Promise<Readonly<Record<string, string>>>;
}

export interface NodeSessionOptions {
  /** A secret. */
  readonly url: string;
  /** For the connection and all that is asked in it. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** Opens, uses and closes. Rejects with `no answer within N s`, or with the server's or the network's words. */
export async function withNode<T>(
  { url, seconds, signal }: NodeSessionOptions,
  use: (session: NodeSession) => Promise<T>,
): Promise<T> {
  const client = open(parse(url).href, seconds);
  const ended = new AbortController();
  const limit = sleep(seconds * 1000, undefined, {
    signal: AbortSignal.any([signal, ended.signal]),
  }).then(() => {
    throw new Error(`${noAnswer} ${seconds} s`);
  });
  const work = (async () => {
    await client.connect();
    return await use(sessionOf((words) => client.sendCommand(words)));
  })();
  try {
    return await Promise.race([work, limit]);
  } finally {
    ended.abort();
    limit.catch(() => undefined);
    work.catch(() => undefined);
    if (client.isOpen) client.destroy();
  }
}

function open(url: string, seconds: number) {
  const client = createClient({
    url,
    name: ownName,
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    disableOfflineQueue: true,
    socket: { connectTimeout: seconds * 1000, reconnectStrategy: false },
  });
  client.on('error', () => undefined);
  return client;
}

function sessionOf(send: (words: string[]) => Promise<unknown>): NodeSession {
  const list = async (...words: readonly string[]): Promise<string[]> => {
    const answer = await send([...words]);
    return Array.isArray(answer) ? answer.map(String) : [];
  };
  const text = async (...words: readonly string[]) => String(await send([...words]));
  return {
    text,
    list,
    facts: async (...words) => {
      if (words[0] === 'INFO') return linesOf(await text(...words));
      const flat = await list(...words);
      return Object.fromEntries(
        flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])),
      );
    },
  };
}

/** `name:value` lines; the value may have colons of its own. */
const linesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );

/** Throws UsageError CONNECTION_INVALID; the message never repeats the URL, which may hold a password. */
function parse(text: string): URL {
  const trimmed = text.trim();
  if (/^rediss?:\/\//.test(trimmed) && URL.canParse(trimmed)) {
    const url = new URL(trimmed);
    url.search = '';
    return url;
  }
  throw new UsageError('the connection is not a Redis URL', {
    code: 'CONNECTION_INVALID',
    hint: 'write redis://user:password@host:port/database, or rediss:// for TLS; encode special characters as %XX',
  });
}

export interface Address {
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly password: string;
}

export function addressOf(url: string): Address {
  const { hostname, port, username, password } = parse(url);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port || '6379',
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

/** `url` with the host and port of `node`: the application's credentials on the node's own address. */
export function atNode(url: string, node: string): string {
  const [application, address] = [parse(url), parse(node)];
  application.hostname = address.hostname;
  application.port = address.port || '6379';
  return application.href;
}

/** `?probe=KEY` of the application's URL: the key that it may write, where its keys are limited by an ACL. */
export const probeKeyOf = (url: string): string =>
  (URL.canParse(url.trim()) && new URL(url.trim()).searchParams.get('probe')) || 'holdfast:probe';
