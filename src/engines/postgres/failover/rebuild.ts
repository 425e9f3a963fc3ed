/** What the old side has that the new one lacks; then it becomes a replica: follow, rewind, or a fresh copy. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../../core/errors.ts';
import type {
  ClusterNode,
  EngineCall,
  LossReport,
  NodePair,
  Promotion,
  RebuildReport,
} from '../../../core/ports/failover-engine.ts';
import { isRunning } from '../../server-processes.ts';
import { type Connection, connectionString, parseConnection } from '../connection.ts';
import {
  cleanEnd,
  filesOf,
  mustRunAt,
  readControlData,
  readLog,
  runAt,
  type ServerFiles,
} from './files.ts';
import { distanceBytes, hasReached } from './lsn.ts';
import { withNode } from './node-session.ts';
import { observeNode, readState } from './observe.ts';
import { recoverAsStandby } from './recover.ts';
import { startServer } from './start.ts';

const streamSeconds = 120;
const pollMilliseconds = 50;
const mostListed = 100;

/** Bytes until the last commit: a checkpoint at the end of a clean shutdown is nobody's write. */
export async function measureLoss(
  { source }: NodePair,
  promotion: Pick<Promotion, 'forkPosition'> & Partial<Pick<Promotion, 'timeline'>>,
  signal: AbortSignal,
): Promise<LossReport> {
  const { forkPosition } = promotion;
  const files = filesOf(source.control);
  if (files === undefined) return unknownLoss('no way to the files of the old primary');
  try {
    const { timeline, replayedTimeline } = await readControlData(files, signal);
    const newest = Math.max(timeline, replayedTimeline);
    const fork = { forkPosition, timeline: promotion.timeline ?? 'none yet' };
    if (newest >= Number(fork.timeline) && (await knowsFork(files, fork, signal)))
      return nothingLost(source.name);
    const log = await readLog(files, { position: forkPosition, timeline }, signal);
    const commits = log?.commits ?? [];
    const bytes = log?.lastCommit ? distanceBytes(forkPosition, log.lastCommit) : 0;
    const lost = commits
      .slice(0, mostListed)
      .map(({ xid, at }) => `transaction ${xid}, committed ${at}`);
    const method = `commits in the log of ${source.name} beyond ${forkPosition}`;
    return { method, bytes, transactions: commits.length, lost };
  } catch (error) {
    return unknownLoss(error instanceof Error ? error.message : String(error));
  }
}

/** Its own copy of the new timeline's history says the same: it was not promoted apart. */
async function knowsFork(
  files: ServerFiles,
  { timeline, forkPosition }: Pick<Promotion, 'forkPosition' | 'timeline'>,
  signal: AbortSignal,
): Promise<boolean> {
  const file = `${files.data}/pg_wal/${historyFile(timeline)}`;
  const { status, stdout } = await runAt(files, ['cat', file], { signal });
  return status === 0 && switchesOf(stdout).at(-1)?.split('\t')[1] === forkPosition;
}

const historyFile = (timeline: string): string =>
  `${Number(timeline).toString(16).toUpperCase().padStart(8, '0')}.history`;

const nothingLost = (node: string): LossReport => ({
  method: `${node} follows the new timeline`,
  bytes: 0,
  transactions: 0,
  lost: [],
});

const unknownLoss = (method: string): LossReport => ({
  method,
  bytes: null,
  transactions: null,
  lost: [],
});

export async function rebuild(sides: NodePair, { signal }: EngineCall): Promise<RebuildReport> {
  const { source, target } = sides;
  const files = filesOf(source.control);
  if (files === undefined) throw failed(source, 'no way to its files is configured');
  // pg_rewind compares control files: without this it sees the old timeline, and does nothing.
  await withNode({ url: target.url, seconds: 600, signal }, (session) =>
    session.query('checkpoint'),
  );
  if (await isRunning(files, signal)) await files.control.stop(signal);
  const { method, notes } = await bring(sides, files, signal);
  await follow(files, parseConnection(target.url), signal);
  const { up, seen } = await startServer({ ...source, control: files.control }, signal);
  if (!up) throw failed(source, seen);
  const position = await untilStreaming(sides, signal);
  return { method, notes, streaming: position !== null, position };
}

type Brought = Pick<RebuildReport, 'method' | 'notes'>;

async function bring(
  { source, target }: NodePair,
  files: ServerFiles,
  signal: AbortSignal,
): Promise<Brought> {
  const end = cleanEnd(await readControlData(files, signal));
  const to = parseConnection(target.url);
  if (await isOtherTimeline(target, files, signal)) {
    await clone(source, files, to, signal);
    return { method: 'clone', notes: ['it was promoted by itself: its timeline is another one'] };
  }
  const fork = await forkOf(target, signal);
  if (end !== null && fork !== null && hasReached(fork, end))
    return { method: 'follow', notes: [] };
  if (end === null) await recoverAsStandby(files, signal);
  const rewound = await runAt(
    files,
    ['pg_rewind', '-D', files.data, `--source-server=${connectionString(to)}`],
    { signal, env: { ...passwordOf(to), PGOPTIONS: '-c statement_timeout=0' } },
  );
  if (rewound.status === 0) return { method: 'rewind', notes: [lastLine(rewound.stderr)] };
  await clone(source, files, to, signal);
  return { method: 'clone', notes: [`pg_rewind could not: ${lastLine(rewound.stderr)}`] };
}

/** Where its timeline began. */
async function forkOf(target: ClusterNode, signal: AbortSignal): Promise<string | null> {
  const { timeline } = await readState(target.url, 5, signal);
  return (
    switchesOf(await historyAt(target, historyFile(timeline), signal))
      .at(-1)
      ?.split('\t')[1] ?? null
  );
}

/**
 * Two servers that were promoted apart have the same timeline by number, and pg_rewind finds nothing to do:
 * what their history files say is compared.
 */
async function isOtherTimeline(
  target: ClusterNode,
  files: ServerFiles,
  signal: AbortSignal,
): Promise<boolean> {
  const { stdout } = await runAt(files, ['ls', `${files.data}/pg_wal`], { signal });
  const newest = stdout
    .split('\n')
    .filter((name) => /^[0-9A-F]{8}\.history$/.test(name))
    .sort()
    .at(-1);
  if (newest === undefined) return false;
  const own = await mustRunAt(files, ['cat', `${files.data}/pg_wal/${newest}`], { signal });
  const theirs = await historyAt(target, newest, signal);
  return switchesOf(own).join() !== switchesOf(theirs).join();
}

/** A line each: `1<tab>0/3000148`. */
const switchesOf = (history: string): string[] =>
  history.match(/^\d+\t[0-9A-F]+\/[0-9A-F]+/gm) ?? [];

async function historyAt({ url }: ClusterNode, file: string, signal: AbortSignal): Promise<string> {
  const [row] = await withNode({ url, seconds: 5, signal }, ({ query }) =>
    query<{ history: string | null }>('select pg_read_file($1, 0, 65536, true) as history', [
      `pg_wal/${file}`,
    ]),
  );
  return row?.history ?? '';
}

/** Beside the old files, and in their place only when it is whole. */
async function clone(
  { name }: ClusterNode,
  files: ServerFiles,
  to: Connection,
  signal: AbortSignal,
): Promise<void> {
  const [fresh, old] = [`${files.data}.holdfast-new`, `${files.data}.holdfast-old`];
  await mustRunAt(files, ['rm', '-rf', fresh, old], { signal });
  const argv = [
    'pg_basebackup',
    '-D',
    fresh,
    '-c',
    'fast',
    '-X',
    'stream',
    '-d',
    connectionString(to),
  ] as const;
  await mustRunAt(files, argv, { signal, env: passwordOf(to) }).catch((error: unknown) => {
    throw failed({ name }, error instanceof Error ? error.message : String(error));
  });
  await mustRunAt(files, ['mv', files.data, old], { signal });
  await mustRunAt(files, ['mv', fresh, files.data], { signal });
}

const passwordOf = ({ password }: Connection): Record<string, string> =>
  password === undefined ? {} : { PGPASSWORD: password };

/** The password stands in a file of its own, mode 600: what is in the settings can be read by SQL. */
async function follow(files: ServerFiles, to: Connection, signal: AbortSignal): Promise<void> {
  const passfile = `${files.data}/holdfast.pgpass`;
  await mustRunAt(files, ['install', '-m', '600', '/dev/null', passfile], { signal });
  const secret = `*:*:*:*:${(to.password ?? '').replace(/[\\:]/g, '\\$&')}\n`;
  await mustRunAt(files, ['tee', passfile], { signal, input: secret });
  const info = `${connectionString({ ...to, database: 'replication' })} passfile='${passfile}'`;
  const line = `primary_conninfo = '${info.replaceAll("'", "''")}'\n`;
  await mustRunAt(files, ['tee', '-a', `${files.data}/postgresql.auto.conf`], {
    signal,
    input: line,
  });
  await mustRunAt(files, ['touch', `${files.data}/standby.signal`], { signal });
}

/** Streams, and has replayed what the new primary had written by then. */
async function untilStreaming(
  { source, target }: NodePair,
  signal: AbortSignal,
): Promise<string | null> {
  const giveUpAt = performance.now() + streamSeconds * 1000;
  const { position } = await readState(target.url, 5, signal);
  while (performance.now() < giveUpAt) {
    const seen = await observeNode(source, 2, signal);
    if (seen.reachable && seen.state.role === 'replica' && seen.state.streaming) {
      if (hasReached(seen.state.position, position)) return position;
    }
    await sleep(pollMilliseconds, undefined, { signal });
  }
  return null;
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

const failed = ({ name }: Pick<ClusterNode, 'name'>, seen: string): FailoverError =>
  new FailoverError(`${name} cannot be made a replica: ${seen}`, {
    code: 'REBUILD_FAILED',
    hint: 'The new primary has no replica: build one before the next failure.',
  });
