/**
 * `aurora_global_db_status()` for two streaming servers of PostgreSQL, over their own views, with the columns of
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora_global_db_status.html
 * On a secondary the stream's last message stands for the last calculation.
 */

/** `regions`: of each server, by its own address. */
export const statusFunction = (regions: Readonly<Record<string, string>>): string => `
  create table aurora_regions (address inet primary key, region text not null);
  insert into aurora_regions values ${Object.entries(regions)
    .map(([address, region]) => `('${address}', '${region}')`)
    .join(', ')};
  create function aurora_global_db_status() returns table (
    aws_region text, highest_lsn_written bigint, durability_lag_in_msec double precision,
    rpo_lag_in_msec double precision, last_lag_calculation_time timestamptz, feedback_epoch bigint, feedback_xmin bigint)
  language plpgsql security definer as $$
  declare
    own text := (select region from aurora_regions where address = host(inet_server_addr())::inet);
  begin
    if not pg_is_in_recovery() then
      return query select own, (pg_current_wal_flush_lsn() - '0/0')::bigint, -1::float8, -1::float8,
        'epoch'::timestamptz, 0::bigint, 0::bigint;
      return query select r.region, (s.flush_lsn - '0/0')::bigint,
          coalesce(extract(epoch from s.flush_lag) * 1000, 0)::float8,
          coalesce(extract(epoch from s.flush_lag) * 1000, 0)::float8, s.reply_time, 0::bigint, 0::bigint
        from pg_stat_replication s join aurora_regions r on r.region <> own
        where s.state = 'streaming';
      return;
    end if;
    return query select r.region, (w.latest_end_lsn - '0/0')::bigint, -1::float8, -1::float8,
        'epoch'::timestamptz, 0::bigint, 0::bigint
      from aurora_regions r, pg_stat_wal_receiver w where r.region <> own;
    return query select own, (coalesce(w.flushed_lsn, pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) - '0/0')::bigint,
        lag.milliseconds, lag.milliseconds, coalesce(w.last_msg_receipt_time, pg_last_xact_replay_timestamp()),
        0::bigint, 0::bigint
      from (select 1) one left join pg_stat_wal_receiver w on w.status = 'streaming'
        cross join lateral (select case when w.flushed_lsn >= w.latest_end_lsn then 0::float8
          else extract(epoch from w.last_msg_receipt_time - w.latest_end_time)::float8 * 1000 end as milliseconds) lag;
  end $$;
`;
