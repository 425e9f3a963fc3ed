/**
 * What an instance of a global database says of every Region's volume. The function may be asked in each Region:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora_global_db_status.html
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { withNode } from '../postgres/failover/node-session.ts';

export interface RegionStatus {
  readonly region: string;
  /** The highest position in that Region's volume: a number of which only the order is documented. */
  readonly lsn: string;
  /** Behind the primary; -1: it is the primary's; null: nobody knows. */
  readonly lagMilliseconds: number | null;
  /** When that was worked out (Unix time, in milliseconds), and how long ago by the server's own clock. */
  readonly calculatedAt: number | null;
  readonly ageMilliseconds: number | null;
}

export interface ClusterStatus {
  /** In recovery: no write is accepted here. */
  readonly replica: boolean;
  readonly version: string;
  /** Of others than Holdfast and Aurora itself. */
  readonly sessions: number;
  readonly regions: readonly RegionStatus[];
}

/** Sessions of superusers are Aurora's own: nobody else has such a role. */
const sql = `
  select pg_is_in_recovery() as replica, current_setting('server_version') as version,
    (select count(*)::int from pg_stat_activity s join pg_roles r on r.oid = s.usesysid
      where s.backend_type = 'client backend' and s.application_name <> 'holdfast'
        and not r.rolsuper) as sessions,
    (select coalesce(json_agg(json_build_object('region', aws_region,
        'lsn', highest_lsn_written::text, 'lagMilliseconds', durability_lag_in_msec,
        'calculatedAt', extract(epoch from last_lag_calculation_time) * 1000,
        'ageMilliseconds', extract(epoch from clock_timestamp() - last_lag_calculation_time) * 1000)), '[]')
      from aurora_global_db_status()) as regions`;

export async function readStatus(
  url: string,
  seconds: number,
  signal: AbortSignal,
): Promise<ClusterStatus> {
  const [row] = await withNode({ url, seconds, signal }, ({ query }) =>
    query<ClusterStatus & object>(sql),
  );
  if (row === undefined) throw new Error('no answer');
  return row;
}

/**
 * Own endpoint first: an old primary that writes though the API calls it a secondary has to be seen. That of the
 * readers counts where the own one is inactive, or is not heard of a moment later.
 */
export async function readFirst(
  [own = '', reader]: readonly string[],
  seconds: number,
  signal: AbortSignal,
): Promise<ClusterStatus> {
  const answer = readStatus(own, seconds, signal);
  if (reader === undefined) return answer;
  const second = readStatus(reader, seconds, signal);
  const late = second.then(async (status) => {
    await sleep(ownMilliseconds, undefined, { signal });
    return status;
  });
  return Promise.any([answer, late]).catch(() => second);
}

/** Positions are numbers too long for a double. */
export function distance(from: string, to: string): number | null {
  if (!/^\d+$/.test(from) || !/^\d+$/.test(to)) return null;
  return Number(BigInt(to) - BigInt(from));
}

export const hasReached = (position: string | null, until: string): boolean => {
  const behind = position === null ? null : distance(until, position);
  return behind !== null && behind >= 0;
};

export const regionOf = ({ regions }: ClusterStatus, region: string): RegionStatus | undefined =>
  regions.find((each) => each.region === region);

const ownMilliseconds = 300;
/** What is older is no news of the primary, whatever it says. */
const freshMilliseconds = 30_000;

/** It hears of the primary now: a lag that is not known is not small. */
export function isFresh(status: RegionStatus | undefined): boolean {
  if (status === undefined) return false;
  const { lagMilliseconds: lag, ageMilliseconds: age } = status;
  return lag !== null && age !== null && lag >= 0 && lag + age < freshMilliseconds;
}
