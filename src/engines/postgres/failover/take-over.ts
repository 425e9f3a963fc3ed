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
import { hasReached } from './lsn.ts';
import { withNode } from './node-session.ts';
import { readState } from './observe.ts';

const pollMilliseconds = 10;
const answerSeconds = 5;
const promoteSeconds = 60;

export async function catchUp(target: ClusterNode, request: CatchUpRequest): Promise<CaughtUp> {
  const { until, timeoutSeconds, signal } = request;
  const giveUpAt = performance.now() + timeoutSeconds * 1000;
  return withNode({ url: target.url, seconds: answerSeconds, signal }, async (session) => {
    // What was received is replayed first, whatever somebody paused: it would be lost at the promotion.
    await session.query(
      'select pg_wal_replay_resume() where pg_is_in_recovery() and pg_is_wal_replay_paused()',
    );
    for (;;) {
      const reached = await progressOf(session, until);
      if (reached.complete || performance.now() > giveUpAt) return reached;
      await sleep(pollMilliseconds, undefined, { signal });
    }
  });
}

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

/** Reads the role first: a second `pg_promote` is an error that says nothing of who promoted it. */
export async function promote(target: ClusterNode, { signal }: EngineCall): Promise<Promotion> {
  const before = await readState(target.url, answerSeconds, signal);
  const already = before.role === 'primary';
  if (!already) {
    await withNode({ url: target.url, seconds: promoteSeconds + 5, signal }, async (session) => {
      const [row] = await session.query<{ promoted: boolean }>(
        `select pg_promote(true, ${promoteSeconds}) as promoted`,
      );
      if (row?.promoted !== true) throw notPromoted(target, `not within ${promoteSeconds} s`);
    });
  }
  return withNode({ url: target.url, seconds: answerSeconds, signal }, async (session) => {
    const [row] = await session.query<{ replica: boolean; fork: string | null; timeline: number }>(
      `select pg_is_in_recovery() as replica, pg_last_wal_replay_lsn()::text as fork,
         case when pg_is_in_recovery() then 0
              else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end as timeline`,
    );
    if (row === undefined || row.replica) throw notPromoted(target, 'it is a replica still');
    return { timeline: String(row.timeline), forkPosition: row.fork ?? before.position, already };
  });
}

/** Documented: the schema `holdfast` with one small table. */
const epochTable = `
  create schema if not exists holdfast;
  create table if not exists holdfast.epoch (
    epoch bigint primary key, at timestamptz not null default clock_timestamp())`;

export async function verifyWritable(
  target: ClusterNode,
  { epoch, signal }: EngineCall,
): Promise<WritableProof> {
  const session = { url: target.url, seconds: answerSeconds, signal };
  await withNode(session, async ({ query }) => {
    await query(epochTable);
    await query('insert into holdfast.epoch (epoch) values ($1) on conflict (epoch) do nothing', [
      epoch,
    ]);
  }).catch((cause: unknown) => {
    throw notWritable(target, cause instanceof Error ? cause.message : String(cause));
  });
  // In another session: what it sees was committed.
  const [row] = await withNode(session, ({ query }) =>
    query<{ epoch: number; timeline: number; position: string }>(
      `select max(epoch)::int as epoch, pg_current_wal_lsn()::text as position,
         ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int as timeline
       from holdfast.epoch`,
    ),
  );
  if (row?.epoch !== epoch) throw notWritable(target, `the newest epoch in it is ${row?.epoch}`);
  return { epoch, timeline: String(row.timeline), position: row.position };
}

const notPromoted = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} was not promoted: ${seen}`, {
    code: 'PROMOTE_FAILED',
    hint: 'Its role is read before anything else is done.',
  });

const notWritable = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} is primary and does not take a write: ${seen}`, {
    code: 'NOT_WRITABLE',
    hint: 'Names were not changed. Mend that server; then start the failover anew: it goes on forward.',
  });
