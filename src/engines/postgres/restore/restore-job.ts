/** Everything a restore has to know before it touches anything. */
import { availableParallelism } from 'node:os';
import type { RestoreRequest, SetReader } from '../../../core/ports/engine.ts';
import { type Connection, displayUrl, onDatabase } from '../connection.ts';
import { decodeIndex, type SetIndex } from '../index-lines.ts';
import { type Installation, installationFor } from '../installation.ts';
import type { Session } from '../session.ts';
import {
  type PostgresContext,
  readServerFacts,
  resolveConnection,
  type ServerFacts,
  sourceConnection,
  withServerSession,
} from '../source.ts';
import { type RoleScript, roleScripts } from './roles.ts';
import { type SelectedDatabase, selectDatabases, type TargetState } from './selection.ts';
import { inspectDatabase } from './target-database.ts';

export interface RestoreItem extends SelectedDatabase {
  readonly target: TargetState;
}

export interface RestoreJob {
  readonly context: PostgresContext;
  readonly request: RestoreRequest;
  readonly set: SetReader;
  readonly index: SetIndex;
  /** A session on a database that the restore leaves alone. */
  readonly server: Session;
  readonly connection: Connection;
  readonly facts: ServerFacts;
  readonly installation: Installation;
  readonly items: readonly RestoreItem[];
  /** Roles of the set that the target lacks. */
  readonly missingRoles: readonly RoleScript[];
  readonly jobs: number;
}

export interface RestoreInput {
  readonly context: PostgresContext;
  readonly request: RestoreRequest;
  readonly set: SetReader;
}

const mostJobs = 8;

/** Throws UsageError, TargetError, ToolError, IntegrityError. */
export async function withRestoreJob<T>(
  { context, request, set }: RestoreInput,
  use: (job: RestoreJob) => Promise<T>,
): Promise<T> {
  const index = await decodeIndex(set.open('index'));
  const target =
    request.target === undefined
      ? await sourceConnection(context)
      : await resolveConnection(request.target, context);
  // The URL of the source names one of its databases; it is the server that is meant.
  const named = request.target === undefined ? undefined : target.database;
  const selected = selectDatabases(index, request.only, named);
  const installation = await installationFor('pg_restore', majorOf(set.manifest.tool.version));
  const avoid = selected.map(({ name }) => name);
  const options = { side: 'target', signal: context.signal, avoid } as const;
  return withServerSession(target, options, async (server, connection) => {
    const items: RestoreItem[] = [];
    for (const one of selected) {
      items.push({ ...one, target: await inspectDatabase(server, connection, one.name) });
    }
    const job: RestoreJob = {
      ...{ context, request, set, index, server, connection, installation, items },
      facts: await readServerFacts(server, connection),
      missingRoles: await findMissingRoles(server, set),
      jobs: context.source.jobs ?? Math.max(2, Math.min(availableParallelism(), mostJobs)),
    };
    return await use(job);
  });
}

/** For people: the database that is restored to, or the server where there are several. */
export function placeOf({ connection, items: [first, ...others] }: RestoreJob): string {
  const { database: _, ...server } = connection;
  return displayUrl(
    first === undefined || others.length > 0 ? server : onDatabase(server, first.name),
  );
}

export const majorOf = (version: string) => Number.parseInt(version, 10);

export const connectionOf = (job: RestoreJob, database: string): Connection =>
  onDatabase(job.connection, database);

async function findMissingRoles(server: Session, set: SetReader): Promise<RoleScript[]> {
  const decoder = new TextDecoder();
  let globals = '';
  for await (const chunk of set.open('globals')) globals += decoder.decode(chunk, { stream: true });
  const present = await server.query<{ name: string }>(
    'select rolname::text as name from pg_roles',
  );
  const known = new Set(present.map(({ name }) => name));
  return roleScripts(globals).filter(({ role }) => !known.has(role));
}
