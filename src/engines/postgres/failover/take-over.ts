/** The replica catches up, is promoted, and shows that it writes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FailoverError } from '../../../core/errors.ts';
import type {
  CatchUpRequest,
  CaughtUp,
  ClusterNode,
  EngineCall,
  Promotion,
  WritableProof,
} from '../../../core/ports/failover-engine.ts';
import type { Session } from '../session.ts';
import { notWritable, writeEpoch } from './epoch.ts';
import { hasReached } from './lsn.ts';
import { withNode } from './node-session.ts';
import { observeNode, readState } from './observe.ts';

const pollMilliseconds = 10;
const settleMilliseconds = 100;
const answerSeconds = 5;
/** Everything is replayed by then: a promotion takes a fraction of a second. */
const promoteSeconds = 20;
const reconcileSeconds = 5;

export function catchUp(target: ClusterNode, request: CatchUpRequest): Promise<CaughtUp> {
  const node = { url: target.url, seconds: answerSeconds, signal: request.signal };
  return withNode(node, async (session) => {
    // What was received is replayed first, whatever somebody paused: it would be lost at the promotion.
    await resumeReplay(session);
    return untilComplete(session, request);
  });
}

/** Asked first: who may not resume is refused even where nothing is paused. */
async function resumeReplay({ query }: Session): Promise<void> {
  const sql =
    'select case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end as paused';
  const [row] = await query<{ paused: boolean }>(sql);
  if (row?.paused === true) await query('select pg_wal_replay_resume()');
}

async function untilComplete(session: Session, request: CatchUpRequest): Promise<CaughtUp> {
  const { until, timeoutSeconds, signal } = request;
  const giveUpAt = performance.now() + timeoutSeconds * 1000;
  const pauseMilliseconds = until === null ? settleMilliseconds : pollMilliseconds;
  let before: CaughtUp | undefined;
  for (;;) {
    const now = await progressOf(session, until);
    if (now.complete && isSettled(now, before, until)) return now;
    if (performance.now() > giveUpAt) return { ...now, complete: false };
    before = now;
    await sleep(pauseMilliseconds, undefined, { signal });
  }
}

/** By force: what the network still holds counts as received a moment later. */
const isSettled = (now: CaughtUp, before: CaughtUp | undefined, until: string | null): boolean =>
  until !== null || now.received === before?.received;

async function progressOf(session: Session, until: string | null): Promise<CaughtUp> {
  const [row] = await session.query<{ received: string | null; replayed: string | null }>(
    `select coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text as received,
       pg_last_wal_replay_lsn()::text as replayed`,
  );
  const { received = null, replayed = null } = row ?? {};
  const goal = until ?? received;
  const complete = goal !== null && hasReached(received, goal) && hasReached(replayed, goal);
  return { received: received ?? '', replayed: replayed ?? '', complete };
}

/**
 * Reads the role first: a second `pg_promote` is an error that says nothing of who promoted it. What the call
 * answers, or that its answer is lost, decides nothing either: the role afterwards does.
 */
export async function promote(target: ClusterNode, { signal }: EngineCall): Promise<Promotion> {
  const before = await readState(target.url, answerSeconds, signal);
  const already = before.role === 'primary';
  if (!already) {
    const said = await callPromote(target, signal);
    await untilPrimary(target, said, signal);
  }
  return withNode({ url: target.url, seconds: answerSeconds, signal }, async (session) => {
    const [row] = await session.query<{ fork: string | null; timeline: number }>(
      `select pg_last_wal_replay_lsn()::text as fork,
         ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline`,
    );
    if (row === undefined) throw notPromoted(target, 'it does not say its timeline');
    const timeline = String(row.timeline);
    // A promoted server that was started again knows of no replay; its history file does.
    const fork = (await forkInHistory(session, row.timeline)) ?? row.fork ?? before.position;
    return { timeline, forkPosition: fork, already };
  });
}

async function callPromote({ url }: ClusterNode, signal: AbortSignal): Promise<string> {
  try {
    const [row] = await withNode({ url, seconds: promoteSeconds + 5, signal }, ({ query }) =>
      query<{ done: boolean }>('select pg_promote(true, $1) as done', [promoteSeconds]),
    );
    return row?.done === true ? 'promoted' : `not within ${promoteSeconds} s`;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

async function untilPrimary(target: ClusterNode, said: string, signal: AbortSignal): Promise<void> {
  const giveUpAt = performance.now() + reconcileSeconds * 1000;
  for (;;) {
    const seen = await observeNode(target, answerSeconds, signal);
    if (seen.reachable && seen.state.role === 'primary') return;
    if (performance.now() > giveUpAt) {
      throw notPromoted(target, `${said}; ${seen.reachable ? 'it is a replica still' : seen.seen}`);
    }
    await sleep(settleMilliseconds, undefined, { signal });
  }
}

/** Its last line: `1<tab>0/3000148<tab>reason`. Null where there is none, or it may not be read. */
async function forkInHistory(session: Session, timeline: number): Promise<string | null> {
  const file = `pg_wal/${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
  const sql = 'select pg_read_file($1, 0, 65536, true) as text';
  const rows = await session.query<{ text: string | null }>(sql, [file]).catch(() => []);
  return rows[0]?.text?.trim().split('\n').at(-1)?.split('\t')[1] ?? null;
}

export async function verifyWritable(
  target: ClusterNode,
  call: EngineCall,
): Promise<WritableProof> {
  await writeEpoch(target, call);
  const session = { url: target.url, seconds: answerSeconds, signal: call.signal };
  const [row] = await withNode(session, ({ query }) =>
    query<{ timeline: number; position: string }>(
      `select pg_current_wal_lsn()::text as position,
         ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline`,
    ),
  );
  if (row === undefined) throw notWritable(target, 'it does not say its timeline');
  return { epoch: call.epoch, timeline: String(row.timeline), position: row.position };
}

const notPromoted = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} was not promoted: ${seen}`, {
    code: 'PROMOTE_FAILED',
    hint: 'Its role is read before anything else is done.',
  });
