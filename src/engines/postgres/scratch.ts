/** Where a drill restores to: a server started for it, or the one that `drill.server` names. */
import { TargetError } from '../../core/errors.ts';
import type { Scratch, SetReader } from '../../core/ports/engine.ts';
import { type Connection, displayUrl } from './connection.ts';
import { decodeIndex } from './index-lines.ts';
import { dropDatabase } from './restore/target-database.ts';
import { startScratchServer } from './scratch-server.ts';
import type { Session } from './session.ts';
import { type PostgresContext, resolveConnection, withServerSession } from './source.ts';

export async function openScratch(context: PostgresContext, set: SetReader): Promise<Scratch> {
  const given = context.source.drill?.server ?? 'scratch';
  if (given !== 'scratch') return useGivenServer(given, context, set);
  const server = await startScratchServer({
    major: Number.parseInt(set.manifest.server.version, 10),
    signal: context.signal,
  });
  return { target: server.url, version: server.version, close: server.stop };
}

/** The set's databases must not exist there, so that what is dropped afterwards is what the drill made. */
async function useGivenServer(
  given: string,
  context: PostgresContext,
  set: SetReader,
): Promise<Scratch> {
  const { databases } = await decodeIndex(set.open('index'));
  const names = databases.map(({ name }) => name);
  const { database: _, ...server } = await resolveConnection(given, context);
  const options = { side: 'target', avoid: names } as const;
  const version = await withServerSession(
    server,
    { ...options, signal: context.signal },
    async (session) => {
      await assertAbsent(session, names, server);
      return versionOf(session);
    },
  );
  return {
    target: serverUrl(server),
    version,
    close: () =>
      withServerSession(server, options, async (session) => {
        for (const name of names) await dropDatabase(session, name);
      }),
  };
}

async function assertAbsent(
  session: Session,
  names: readonly string[],
  server: Connection,
): Promise<void> {
  const there = await session.query<{ name: string }>(
    'select datname::text as name from pg_database where datname = any($1)',
    [names],
  );
  if (there.length === 0) return;
  const found = there.map(({ name }) => name).join(', ');
  throw new TargetError(`The drill's server ${displayUrl(server)} has these already: ${found}`, {
    code: 'SCRATCH_OCCUPIED',
    hint: 'Give drill.server a server without them, or leave it out: the drill starts its own.',
  });
}

async function versionOf(session: Session): Promise<string> {
  const [row] = await session.query<{ version: string }>(
    "select split_part(current_setting('server_version'), ' ', 1) as version",
  );
  return row?.version ?? 'unknown';
}

/** With the password: it stays in this process. */
function serverUrl(server: Connection): string {
  const { password, tls } = server;
  const secret = password === undefined ? '@' : `:${encodeURIComponent(password)}@`;
  // In what people see the first @ is the one after the user: others are escaped.
  return `${displayUrl(server).replace('@', () => secret)}?${new URLSearchParams(tls)}`;
}
