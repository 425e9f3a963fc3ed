/** A server's own files and programs on its own machine: what it wrote last, whoever runs or does not run. */
import type { CommandOutput, Control } from '../../../core/ports/control.ts';
import { mustRunOn, type ProgramOptions, runOn, type ServerPlace } from '../../server-processes.ts';
import { hasReached, justBehind, lsnNumber, lsnText } from './lsn.ts';

export type ServerFiles = ServerPlace;

const programs = ['*/postgres*'] as const;

/** `undefined` where the configuration names no way to them. */
export function filesOf(control: Control | undefined): ServerFiles | undefined {
  const data = control?.data;
  return control === undefined || data === undefined ? undefined : { control, data, programs };
}

export const runAt = (
  { control }: Pick<ServerFiles, 'control'>,
  [program, ...args]: readonly [string, ...string[]],
  options: ProgramOptions,
): Promise<CommandOutput> => runOn(control, [inBin(control, program), ...args], options);

const inBin = ({ bin }: Control, program: string): string =>
  bin !== undefined && program.startsWith('pg_') ? `${bin}/${program}` : program;

/** Throws FailoverError FILES_FAILED with the program's own words. */
export const mustRunAt = (
  { control }: Pick<ServerFiles, 'control'>,
  [program, ...args]: readonly [string, ...string[]],
  options: ProgramOptions,
): Promise<string> => mustRunOn(control, [inBin(control, program), ...args], options);

export interface ControlData {
  /** `shut down`, `in production`, … */
  readonly state: string;
  readonly checkpoint: string;
  readonly redo: string;
  readonly timeline: number;
  /** How far it has replayed as a standby, `0/0` where it has not: beyond its last checkpoint. */
  readonly replayed: string;
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
    replayed: field('Minimum recovery ending location'),
    replayedTimeline: Number(field("Min recovery ending loc's timeline")),
  };
}

/** Where its log ends; null after a crash. A standby's last checkpoint is older than what it has replayed. */
export function cleanEnd({ state, checkpoint, replayed }: ControlData): string | null {
  if (state === 'shut down') return justBehind(checkpoint);
  if (state !== 'shut down in recovery') return null;
  return hasReached(replayed, justBehind(checkpoint)) ? replayed : justBehind(checkpoint);
}

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
