/** Fills an empty database from the streams of one: definitions, rows in parallel, then the rest. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { SetReader } from '../../../core/ports/engine.ts';
import { type Connection, tool } from '../connection.ts';
import type { DatabaseLine } from '../index-lines.ts';
import type { Installation } from '../installation.ts';
import { runTool } from '../run-tool.ts';
import type { PostgresContext } from '../source.ts';
import { listFile, readToc, type TocEntry } from './archive-toc.ts';

export interface LoadRequest {
  readonly context: PostgresContext;
  readonly set: SetReader;
  readonly installation: Installation;
  readonly line: DatabaseLine;
  /** On the database to fill. */
  readonly connection: Connection;
  readonly flags: LoadFlags;
  readonly jobs: number;
}

export interface LoadFlags {
  /** False where the target's user may not give objects away: they become its own. */
  readonly owners: boolean;
  readonly tablespaces: boolean;
  readonly subscriptions: boolean;
}

/** Throws ToolError, IntegrityError. */
export async function loadDatabase(request: LoadRequest): Promise<void> {
  const { context, set, line } = request;
  const schemaStream = streamOfRole(set, line, 'schema');
  const file = join(context.scratchDir, schemaStream);
  const report = progressOf(request);
  await set.stage(schemaStream, file);
  await restoreFile(request, ['--section=pre-data', file]);
  report();
  const limit = pLimit(request.jobs);
  const data = line.streams.filter((name) => set.stream(name)?.role === 'data');
  await Promise.all(data.map((name) => limit(() => restoreStream(request, name).then(report))));
  // Last, because it holds the sequences' positions as a whole.
  await restoreStream(request, streamOfRole(set, line, 'rest'));
  report();
  await restorePostData(request, file);
  report();
}

/**
 * Event triggers come alone and last: those that are there already would fire at what follows them,
 * such as the refresh of materialized views, and write what the source never had.
 */
async function restorePostData(request: LoadRequest, file: string): Promise<void> {
  const entries = readToc(await readFile(file)).filter(({ section }) => section !== 'pre-data');
  const [others, triggers] = parted(entries, isOfEventTrigger);
  const use = async (part: readonly TocEntry[]) => {
    const list = `${file}.list`;
    await writeFile(list, listFile(part), { mode: 0o600 });
    const parallel = `--jobs=${request.jobs}`;
    await restoreFile(request, ['--section=post-data', parallel, `--use-list=${list}`, file]);
  };
  await use(others);
  if (triggers.length > 0) await use(triggers);
}

const isOfEventTrigger = ({ kind, tag }: TocEntry) =>
  kind === 'EVENT TRIGGER' || (kind === 'COMMENT' && tag.startsWith('EVENT TRIGGER '));

function parted<T>(items: readonly T[], second: (item: T) => boolean): [T[], T[]] {
  return [items.filter((item) => !second(item)), items.filter(second)];
}

export function streamOfRole(set: SetReader, line: DatabaseLine, role: string): string {
  const name = line.streams.find((one) => set.stream(one)?.role === role);
  if (name === undefined) throw new Error(`the set has no ${role} stream of ${line.name}`);
  return name;
}

function progressOf({ context, line }: LoadRequest): () => void {
  const total = line.streams.length + 1;
  let done = 0;
  return () => {
    done += 1;
    context.progress({ phase: `restore ${line.name}`, done, total, unit: 'streams' });
  };
}

async function restoreFile(request: LoadRequest, args: readonly string[]): Promise<void> {
  await runTool(restoreCommand(request, args), { signal: request.context.signal });
}

async function restoreStream(request: LoadRequest, name: string): Promise<void> {
  await request.set.pipe(name, restoreCommand(request, ['--section=data']));
}

/**
 * A crash of the server loses the last commits at most, and nothing is shown as restored before the
 * renaming, whose own commit flushes all of them.
 */
export const loadSettings = {
  synchronous_commit: 'off',
  default_transaction_read_only: 'off',
};

function restoreCommand({ installation, connection, flags }: LoadRequest, args: readonly string[]) {
  return tool({
    installation,
    connection,
    program: 'pg_restore',
    settings: loadSettings,
    args: ['--exit-on-error', '--no-password', ...flagArguments(flags), ...args],
  });
}

export function flagArguments({ owners, tablespaces, subscriptions }: LoadFlags): string[] {
  return [
    ...(owners ? [] : ['--no-owner', '--no-acl']),
    ...(tablespaces ? [] : ['--no-tablespaces']),
    ...(subscriptions ? [] : ['--no-subscriptions']),
  ];
}
