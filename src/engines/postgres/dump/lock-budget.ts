/** Whether the server's lock table holds what a dump needs: one entry a table, one holder a program. */
import { SourceError } from '../../../core/errors.ts';
import { listSequences } from '../fingerprint/sequences.ts';
import type { Session } from '../session.ts';
import { listTables } from '../tables.ts';

export interface LockCapacity {
  /** Distinct relations that all sessions together can have locked. */
  readonly relations: number;
  readonly perTransaction: number;
}

export async function lockCapacity(session: Session): Promise<LockCapacity> {
  // MaxBackends in PostgreSQL's source (InitializeMaxBackends): the lock table has
  // max_locks_per_transaction × (MaxBackends + max_prepared_transactions) entries.
  const [row] = await session.query<{ perTransaction: number; backends: number }>(`
    select current_setting('max_locks_per_transaction')::int as "perTransaction",
      (select sum(setting::int) + 1 from pg_settings where name in ('max_connections',
        'autovacuum_max_workers', 'max_worker_processes', 'max_wal_senders',
        'max_prepared_transactions'))::int as backends`);
  const { perTransaction = 64, backends = 100 } = row ?? {};
  return { relations: perTransaction * backends, perTransaction };
}

export interface LockNeed {
  readonly tables: number;
  /** pg_dump reads their positions in its transaction, which locks them too. */
  readonly sequences: number;
}

export async function lockNeed(session: Session): Promise<LockNeed> {
  const [tables, sequences] = [await listTables(session), await listSequences(session)];
  return { tables: tables.length, sequences: sequences.length };
}

/** How many programs may hold all locks at once: 1 or 2. Throws SourceError TOO_MANY_LOCKS. */
export function parallelLockers({ tables, sequences }: LockNeed, capacity: LockCapacity): 1 | 2 {
  const relations = tables + sequences;
  if (relations > capacity.relations * 0.95) {
    const needed = Math.ceil((capacity.perTransaction * relations * 1.3) / capacity.relations);
    throw new SourceError(
      `${tables} tables and ${sequences} sequences have to be locked, the server has room for ${capacity.relations}`,
      {
        code: 'TOO_MANY_LOCKS',
        hint: `ALTER SYSTEM SET max_locks_per_transaction = ${needed}; then restart the server`,
      },
    );
  }
  // Two holders an entry is what the server's table of holders is made for; the snapshot is one.
  return tables * 3 + sequences > capacity.relations * 2 ? 1 : 2;
}
