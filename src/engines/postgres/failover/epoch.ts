/** The run's number in the new primary itself: written, and read back by another session. */
import { FailoverError } from '../../../core/errors.ts';
import type { ClusterNode, EngineCall } from '../../../core/ports/failover-engine.ts';
import { withNode } from './node-session.ts';

const answerSeconds = 5;

/** Documented: the schema `holdfast` with one small table. */
const epochTable = `
  create schema if not exists holdfast;
  create table if not exists holdfast.epoch (
    epoch bigint primary key, at timestamptz not null default clock_timestamp())`;

/** Rejects with FailoverError NOT_WRITABLE, also where a newer epoch is there. */
export async function writeEpoch(
  target: ClusterNode,
  { epoch, signal }: Pick<EngineCall, 'epoch' | 'signal'>,
): Promise<void> {
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
    query<{ epoch: number }>('select max(epoch)::int as epoch from holdfast.epoch'),
  );
  if (row?.epoch !== epoch) throw notWritable(target, `the newest epoch in it is ${row?.epoch}`);
}

export const notWritable = ({ name }: ClusterNode, seen: string): FailoverError =>
  new FailoverError(`${name} is primary and does not take a write: ${seen}`, {
    code: 'NOT_WRITABLE',
    hint: 'Names were not changed. Mend that server; then start the failover anew: it goes on forward.',
  });
