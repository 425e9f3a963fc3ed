/** A server's own files and programs on its own machine: what it wrote last, whoever runs or does not run. */
import { FailoverError } from '../../../core/errors.ts';
import type { CommandOutput, Control } from '../../../core/ports/control.ts';
import { lsnNumber, lsnText } from './lsn.ts';

export interface ServerFiles {
  readonly control: Control;
  readonly data: string;
}

/** `undefined` where the configuration names no way to them. */
export function filesOf(control: Control | undefined): ServerFiles | undefined {
  const data = control?.data;
  return control === undefined || data === undefined ? undefined : { control, data };
}

const programSeconds = 600;

export interface ProgramOptions {
  readonly signal: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export const runAt = (
  { control }: Pick<ServerFiles, 'control'>,
  [program, ...args]: readonly [string, ...string[]],
  options: ProgramOptions,
): Promise<CommandOutput> =>
  control.run({
    argv: [inBin(control, program), ...args],
    timeoutSeconds: programSeconds,
    ...options,
  });

const inBin = ({ bin }: Control, program: string): string =>
  bin !== undefined && program.startsWith('pg_') ? `${bin}/${program}` : program;

/** Throws FailoverError FILES_FAILED with the program's own words. */
export async function mustRunAt(
  files: Pick<ServerFiles, 'control'>,
  argv: readonly [string, ...string[]],
  options: ProgramOptions,
): Promise<string> {
  const { status, stdout, stderr } = await runAt(files, argv, options);
  if (status === 0) return stdout;
  const seen = (stderr || stdout).trim().split('\n').slice(-3).join('; ');
  throw new FailoverError(`${argv[0]} at ${files.control.place} ended with ${status}: ${seen}`, {
    code: 'FILES_FAILED',
    hint: 'Check `control:` of that node: user, data and bin.',
  });
}

export interface ControlData {
  /** `shut down`, `in production`, … */
  readonly state: string;
  readonly checkpoint: string;
  readonly redo: string;
  readonly timeline: number;
  /** Of what it has replayed, 0 where it has not. */
  readonly replayedTimeline: number;
}

export async function readControlData(
  files: ServerFiles,
  signal: AbortSignal,
): Promise<ControlData> {
  const text = await mustRunAt(files, ['pg_controldata', '-D', files.data], { signal });
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(text)?.[1] ?? '';
  return {
    state: field('Database cluster state'),
    checkpoint: field('Latest checkpoint location'),
    redo: field("Latest checkpoint's REDO location"),
    timeline: Number(field("Latest checkpoint's TimeLineID")),
    replayedTimeline: Number(field("Min recovery ending loc's timeline")),
  };
}

/**
 * The server's processes: each stands in the data directory. Its pid file tells less: the pid may be another
 * program's by now, and a killed postmaster leaves children behind that may still commit.
 */
export async function processesOf(
  files: ServerFiles,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const directory = await mustRunAt(files, ['readlink', '-f', files.data], { signal });
  const literal = directory.trim().replace(/[\\*?[\]]/g, '\\$&');
  const stands = ['-name', 'cwd', '-lname', literal];
  const isServer = ['-name', 'exe', '-lname', '*/postgres*'];
  const depth = ['-mindepth', '2', '-maxdepth', '2'];
  // Its status says only that other people's processes cannot be read.
  const argv = ['find', '/proc', ...depth, '(', ...stands, '-o', ...isServer, ')'] as const;
  const { stdout } = await runAt(files, [...argv], { signal });
  const found = stdout.split('\n').map((line) => line.split('/'));
  const pids = (link: string): string[] =>
    found.flatMap(([, , pid, name]) => (pid !== undefined && name === link ? [pid] : []));
  const servers = new Set(pids('exe'));
  return pids('cwd').filter((pid) => servers.has(pid));
}

export const isRunning = async (files: ServerFiles, signal: AbortSignal): Promise<boolean> =>
  (await processesOf(files, signal)).length > 0;

export interface LogEnd {
  /** Just after the last whole record. */
  readonly end: string;
  /** Just after the last commit; null where there is none. */
  readonly lastCommit: string | null;
  readonly commits: readonly { readonly xid: string; readonly at: string }[];
}

/** pg_waldump ends with an error where the log ends: what it printed until then is the log. */
export async function readLog(
  files: ServerFiles,
  from: { readonly position: string; readonly timeline: number },
  signal: AbortSignal,
): Promise<LogEnd | undefined> {
  const { stdout } = await runAt(
    files,
    ['pg_waldump', '-p', `${files.data}/pg_wal`, '-t', String(from.timeline), '-s', from.position],
    { signal },
  );
  const records = stdout.split('\n').flatMap((line) => record(line));
  const last = records.at(-1);
  if (last === undefined) return undefined;
  const commits = records.filter(({ desc }) => desc.startsWith('COMMIT'));
  return {
    end: last.end,
    lastCommit: commits.at(-1)?.end ?? null,
    commits: commits.map(({ xid, desc }) => ({ xid, at: desc.slice('COMMIT '.length) })),
  };
}

const recordPattern =
  /len \(rec\/tot\):\s*\d+\/\s*(\d+), tx:\s*(\d+), lsn: ([0-9A-F]+\/[0-9A-F]+),.* desc: (.*)$/;

function record(line: string) {
  const [, total, xid = '', lsn = '', desc = ''] = recordPattern.exec(line) ?? [];
  const begin = lsnNumber(lsn);
  if (total === undefined || begin === null) return [];
  // Records begin at multiples of eight.
  const end = (begin + BigInt(total) + 7n) & ~7n;
  return [{ xid, desc, end: lsnText(end) }];
}
