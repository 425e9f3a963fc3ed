/** Can the restore work, and what would it do? Reads the target, changes nothing. */
import { statfs } from 'node:fs/promises';
import { TargetError } from '../../../core/errors.ts';
import type { ProbeFinding } from '../../../core/ports/store.ts';
import { withSession } from '../session.ts';
import { listTables, qualified } from '../tables.ts';
import type { LoadFlags } from './load.ts';
import {
  connectionOf,
  majorOf,
  placeOf,
  type RestoreItem,
  type RestoreJob,
} from './restore-job.ts';
import { decideMode, type RestoreMode } from './selection.ts';
import { replacedPrefix } from './target-database.ts';

export interface PlannedItem extends RestoreItem {
  readonly mode: RestoreMode;
}

export interface Preflight {
  readonly findings: readonly CodedFinding[];
  readonly actions: readonly string[];
  /** Complete only when no finding is an error. */
  readonly items: readonly PlannedItem[];
  readonly flags: LoadFlags;
}

interface CodedFinding extends ProbeFinding {
  readonly code?: string;
}

export async function preflight(job: RestoreJob): Promise<Preflight> {
  const modes = job.items.map((item) => ({ item, mode: modeOf(job, item) }));
  const items = modes.flatMap(({ item, mode }) => (isMode(mode) ? [{ ...item, mode }] : []));
  const tablespaces = await missingTablespaces(job);
  const owners = await ownerFindings(job);
  const findings: CodedFinding[] = [
    versionFinding(job),
    ...modes.flatMap(({ item, mode }) => (isMode(mode) ? [] : [refusal(job, item, mode)])),
    ...(await partFindings(job, items)),
    ...(await extensionFindings(job)),
    ...tablespaces.map(tablespaceFinding),
    ...owners,
    ...(await spaceFindings(job)),
    ...(await leftoverFindings(job)),
  ];
  return {
    findings,
    items,
    actions: [...roleActions(job), ...items.flatMap((item) => actionsFor(job, item))],
    flags: {
      owners: owners.every(({ level }) => level === 'ok'),
      tablespaces: tablespaces.length === 0,
      subscriptions: job.facts.superuser,
    },
  };
}

/** Throws TargetError with the code of the first error and all of them in the message. */
export function assertPossible({ findings }: Preflight, job: RestoreJob): void {
  const errors = findings.filter(({ level }) => level === 'error');
  const [first] = errors;
  if (first === undefined) return;
  const details = errors.map(({ subject, detail }) => `${subject}: ${detail}`).join('; ');
  throw new TargetError(`${placeOf(job)} cannot take the restore: ${details}`, {
    code: first.code ?? 'TARGET_UNFIT',
    ...(first.fix === undefined ? {} : { hint: first.fix }),
  });
}

type Refusal = Exclude<ReturnType<typeof decideMode>, RestoreMode>;
const refusals = ['not-empty', 'may-not-create', 'may-not-replace'];
const isMode = (mode: RestoreMode | Refusal): mode is RestoreMode => !refusals.includes(mode);

function modeOf({ request }: RestoreJob, { target, patterns }: RestoreItem) {
  return decideMode(target, { partial: patterns.length > 0, overwrite: request.overwrite });
}

function refusal(job: RestoreJob, { name }: RestoreItem, reason: Refusal): CodedFinding {
  const base = { subject: `database ${name}`, level: 'error' } as const;
  const { user } = job.facts;
  switch (reason) {
    case 'not-empty':
      return {
        ...base,
        code: 'TARGET_NOT_EMPTY',
        detail: 'it is not empty',
        fix: 'restore to another name with --to, or say --overwrite to replace it',
      };
    case 'may-not-create':
      return {
        ...base,
        code: 'TARGET_PRIVILEGE',
        detail: `it does not exist and ${user} may not create it`,
        fix: `ALTER ROLE "${user}" CREATEDB;`,
      };
    case 'may-not-replace':
      return {
        ...base,
        code: 'TARGET_PRIVILEGE',
        detail: `${user} may not create a database beside it or is not its owner`,
        fix: `ALTER ROLE "${user}" CREATEDB; ALTER DATABASE "${name}" OWNER TO "${user}";`,
      };
  }
}

/** Tables that `--only` names and the target has: known without reading the set's streams. */
async function partFindings(
  job: RestoreJob,
  items: readonly PlannedItem[],
): Promise<CodedFinding[]> {
  const merged = items.filter(({ mode }) => mode === 'merge' && !job.request.overwrite);
  const found = await Promise.all(
    merged.map(({ name, line, patterns }) =>
      withSession(connectionOf(job, name), { side: 'target' }, async (session) => {
        const wanted = job.index.tables.filter(
          (one) =>
            one.database === line.name &&
            patterns.some(({ table }) => table?.matches(one.schema, one.name)),
        );
        const present = new Set((await listTables(session)).map(qualified));
        return wanted.map(qualified).filter((table) => present.has(table));
      }),
    ),
  );
  return found.flat().map((table) => ({
    subject: `table ${table}`,
    level: 'error',
    code: 'PART_EXISTS',
    detail: 'it is there already',
    fix: 'restore to another database with --to, or say --overwrite to replace it',
  }));
}

function versionFinding({ set, facts }: RestoreJob): CodedFinding {
  const { version } = set.manifest.server;
  const older = facts.major < majorOf(version);
  const detail = `backed up from ${version}, restored to ${facts.version}`;
  return older
    ? {
        subject: 'version',
        level: 'error',
        code: 'TARGET_TOO_OLD',
        detail,
        fix: `restore to PostgreSQL ${majorOf(version)} or newer`,
      }
    : { subject: 'version', level: 'ok', detail };
}

async function extensionFindings(job: RestoreJob): Promise<CodedFinding[]> {
  const available = await job.server.query<{ name: string }>(
    'select name::text from pg_available_extensions',
  );
  const known = new Set(available.map(({ name }) => name));
  const needed = new Set(
    job.items.flatMap(({ line }) => line.extensions.map((extension) => extension.name)),
  );
  const missing = [...needed].filter((name) => !known.has(name));
  return missing.map((name) => ({
    subject: `extension ${name}`,
    level: 'error',
    code: 'EXTENSION_MISSING',
    detail: 'it is not installed on the target',
    fix: `install its package on the target's machine, such as apt-get install postgresql-${job.facts.major}-${name.replaceAll('_', '-')} or postgresql-contrib`,
  }));
}

async function missingTablespaces(job: RestoreJob): Promise<string[]> {
  const present = await job.server.query<{ name: string }>(
    'select spcname::text as name from pg_tablespace',
  );
  const known = new Set(present.map(({ name }) => name));
  const needed = new Set(job.items.flatMap(({ line }) => line.tablespaces));
  return [...needed].filter((name) => !known.has(name));
}

const tablespaceFinding = (name: string): CodedFinding => ({
  subject: `tablespace ${name}`,
  level: 'warning',
  detail: 'the target has none of that name: everything goes to the default tablespace',
  fix: `CREATE TABLESPACE "${name}" LOCATION '/a/directory/of/the/server';`,
});

/** A superuser may give objects to anybody; others only to roles that they are members of. */
async function ownerFindings(job: RestoreJob): Promise<CodedFinding[]> {
  const { facts, missingRoles, server } = job;
  if (facts.superuser) return [];
  const [rights] = await server.query<{ creates: boolean }>(
    'select rolcreaterole as creates from pg_roles where rolname = current_user',
  );
  const owners = [...new Set(job.items.map(({ line }) => line.owner))];
  const foreign = await server.query<{ name: string }>(
    `select rolname::text as name from pg_roles
     where rolname = any($1) and not pg_has_role(oid, 'MEMBER')`,
    [owners],
  );
  const lacking = [
    ...(rights?.creates ? [] : missingRoles.map(({ role }) => role)),
    ...foreign.map(({ name }) => name),
  ];
  return lacking.map((name) => ({
    subject: `role ${name}`,
    level: 'warning',
    detail: `${facts.user} cannot give objects to it: everything will belong to ${facts.user}, without grants`,
    fix: `GRANT "${name}" TO "${facts.user}"; after CREATE ROLE where it does not exist`,
  }));
}

/** Where the server is this machine and says where its data lies; elsewhere it cannot be measured. */
async function spaceFindings(job: RestoreJob): Promise<CodedFinding[]> {
  const { host } = job.connection;
  const local = host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host);
  if (!local || !job.facts.superuser) return [];
  const [row] = await job.server.query<{ directory: string }>(
    `select current_setting('data_directory') as directory`,
  );
  const disk = await statfs(row?.directory ?? '').catch(() => undefined);
  if (disk === undefined) return [];
  const free = disk.bavail * disk.bsize;
  const needed = job.items.reduce((sum, { line }) => sum + line.sizeBytes, 0);
  const detail = `${mebibytes(needed)} MiB needed, ${mebibytes(free)} MiB free in ${row?.directory}`;
  return [
    needed > free
      ? {
          subject: 'space',
          level: 'error',
          code: 'TARGET_SPACE',
          detail,
          fix: 'free some space or restore elsewhere with --to',
        }
      : { subject: 'space', level: 'ok', detail },
  ];
}

const mebibytes = (bytes: number) => Math.ceil(bytes / 1024 / 1024);

async function leftoverFindings(job: RestoreJob): Promise<CodedFinding[]> {
  const found = await job.server.query<{ name: string }>(
    'select datname::text as name from pg_database where starts_with(datname::text, $1)',
    [replacedPrefix],
  );
  return found.map(({ name }) => ({
    subject: `database ${name}`,
    level: 'warning',
    detail: 'an earlier restore replaced it and could not drop it',
    fix: `DROP DATABASE "${name}";`,
  }));
}

function roleActions({ missingRoles }: RestoreJob): string[] {
  return missingRoles.map(({ role }) => `create role ${role}`);
}

function actionsFor({ set }: RestoreJob, { mode, name, line, patterns }: PlannedItem): string[] {
  const compare = `compare with the fingerprint (${set.manifest.fingerprint})`;
  const what = patterns.map(({ text }) => text).join(', ');
  switch (mode) {
    case 'create':
      return [`create database ${name} from template0 (${line.encoding}, ${line.collate})`]
        .concat(patterns.length > 0 ? [`restore ${what} into it`] : [])
        .concat(compare);
    case 'replace':
      return [`restore beside ${name}`, compare, `swap names and drop the old ${name}`];
    case 'fill':
      return [`restore into the empty database ${name}`, compare];
    case 'merge':
      return [`restore ${what} into ${name} in one transaction`, compare];
  }
}
