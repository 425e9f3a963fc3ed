/** What a server says of itself, in one statement. */
import type { NodeObservation, NodeState } from '../../../core/ports/failover-engine.ts';
import { withNode } from './node-session.ts';

/** Programs that promote by themselves: two of them make two primaries. */
const managers = 'patroni|repmgr|pg_?auto_?failover|pg_?autoctl';

/**
 * The timeline is that of the log's current file: `pg_control_checkpoint()` still names the old one right
 * after a promotion.
 */
const sql = `
  select r.rec as replica, c.system_identifier::text as identity, current_setting('server_version') as version,
    case when r.rec then w.received_tli::text
         else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int::text end as timeline,
    (case when r.rec then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end)::text as position,
    (case when r.rec then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) end)::text as received,
    coalesce(w.status = 'streaming', false) as streaming,
    case when r.rec then pg_is_wal_replay_paused() else false end as paused,
    coalesce(w.last_msg_receipt_time, case when r.rec then pg_last_xact_replay_timestamp() end) as heard,
    w.sender_host as upstream,
    (select coalesce(json_agg(json_build_object('address', coalesce(host(client_addr), 'local'),
       'position', replay_lsn::text)), '[]') from pg_stat_replication) as replicas,
    (select count(*)::int from pg_stat_activity
      where backend_type = 'client backend' and application_name <> 'holdfast') as sessions,
    (select coalesce(json_agg(c.line), '[]') from (
      select format('%s from %s × %s', usename, coalesce(host(client_addr), 'local'), count(*)) as line
        from pg_stat_activity where backend_type = 'client backend' and application_name <> 'holdfast'
        group by usename, client_addr order by count(*) desc limit 20) c) as clients,
    (select string_agg(distinct application_name, ', ') from pg_stat_activity
      where lower(application_name) ~ '${managers}') as manager
  from (select pg_is_in_recovery() as rec) r cross join pg_control_system() c
    left join pg_stat_wal_receiver w on true`;

interface Row {
  readonly replica: boolean;
  readonly identity: string;
  readonly version: string;
  readonly timeline: string | null;
  readonly position: string;
  readonly received: string | null;
  readonly streaming: boolean;
  readonly paused: boolean;
  readonly heard: Date | null;
  readonly upstream: string | null;
  readonly replicas: NodeState['replicas'];
  readonly sessions: number;
  readonly clients: readonly string[];
  readonly manager: string | null;
}

export async function readState(
  url: string,
  seconds: number,
  signal: AbortSignal,
): Promise<NodeState> {
  const [row] = await withNode({ url, seconds, signal }, (session) =>
    session.query<Row & object>(sql),
  );
  if (row === undefined) throw new Error('no answer');
  const { replica, timeline, heard, paused, manager, ...rest } = row;
  return {
    ...rest,
    role: replica ? 'replica' : 'primary',
    timeline: timeline ?? 'unknown',
    replayPaused: paused,
    heardAt: heard?.toISOString() ?? null,
    managedBy: manager,
  };
}

export async function observeNode(
  { name, url }: { readonly name: string; readonly url: string },
  seconds: number,
  signal: AbortSignal,
): Promise<NodeObservation> {
  try {
    return { node: name, reachable: true, state: await readState(url, seconds, signal) };
  } catch (error) {
    signal.throwIfAborted();
    return {
      node: name,
      reachable: false,
      seen: error instanceof Error ? error.message : String(error),
    };
  }
}
