/**
 * Ends what is connected to a server that lets nobody new in, and reads where it ended: over one session that was
 * there before. A security group leaves tracked connections alone, the clients' and this one.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterNode } from '../../core/ports/failover-engine.ts';
import { withNode } from '../postgres/failover/node-session.ts';
import type { Session } from '../postgres/session.ts';

const shutSeconds = 30;
const endSeconds = 20;
const pauseMilliseconds = 50;

/** Sessions of superusers are those of RDS itself. */
const others = `
  from pg_stat_activity s left join pg_roles r on r.oid = s.usesysid
  where s.backend_type = 'client backend' and s.pid <> pg_backend_pid() and not coalesce(r.rolsuper, false)`;

/** Whether new connections are refused by now; it takes a moment after RDS says so. */
export async function isShut({ url }: ClusterNode, signal: AbortSignal): Promise<boolean> {
  const giveUpAt = performance.now() + shutSeconds * 1000;
  for (;;) {
    const answers = await withNode({ url, seconds: 1, signal }, async () => true).catch(isAnswer);
    signal.throwIfAborted();
    if (!answers) return true;
    if (performance.now() > giveUpAt) return false;
    await sleep(pauseMilliseconds, undefined, { signal });
  }
}

/** A server that refuses by a state of SQL (too many connections) was reached. */
const isAnswer = ({ cause }: Error): boolean =>
  /^\d[0-9A-Z]{4}$/.test(String(Object(cause).code ?? ''));

/** How many were ended; rejects where one does not end, or the session is cut. */
export async function endSessions({ query }: Session, signal: AbortSignal): Promise<number> {
  const giveUpAt = performance.now() + endSeconds * 1000;
  let ended = 0;
  for (;;) {
    const rows = await query<{ pid: number }>(
      `select s.pid, pg_terminate_backend(s.pid) ${others}`,
    );
    if (rows.length === 0) return ended;
    ended = Math.max(ended, rows.length);
    if (performance.now() > giveUpAt) throw new Error(`${rows.length} sessions do not end`);
    await sleep(pauseMilliseconds, undefined, { signal });
  }
}

/**
 * Beyond it no client has written. The commit that it is read behind has all before it flushed, also what was
 * committed without waiting for that.
 */
export async function endPosition({ query }: Session): Promise<string> {
  await query(`begin; set local synchronous_commit = local;
    select pg_logical_emit_message(true, 'holdfast', 'fence'); commit`);
  const [row] = await query<{ position: string }>(
    'select pg_current_wal_flush_lsn()::text as position',
  );
  if (row === undefined) throw new Error('it does not say its position');
  return row.position;
}

/** Jobs inside of the server write past every fence around it. */
export async function jobsInside({ query }: Session): Promise<number> {
  const [known] = await query<{ cron: boolean }>(
    `select to_regclass('cron.job') is not null as cron`,
  );
  if (known?.cron !== true) return 0;
  const [row] = await query<{ jobs: number }>(
    'select count(*)::int as jobs from cron.job where active',
  );
  return row?.jobs ?? 0;
}
