/** Tokens of tasks that wait for an answer from outside. */
import type { DatabaseSync } from 'node:sqlite';
import { optionalJson, optionalText, toJson } from './column.ts';
import type { Outcome } from './records.ts';

export interface TokenState {
  readonly outcome?: Outcome;
  readonly heartbeatAt?: string;
}

export function openTokens(database: DatabaseSync) {
  const insert = database.prepare('insert or ignore into tokens (token, execution) values (?, ?)');
  const load = database.prepare('select outcome, heartbeat_at from tokens where token = ?');
  const complete = database.prepare(
    'update tokens set outcome = ? where token = ? and outcome is null',
  );
  const beat = database.prepare(
    'update tokens set heartbeat_at = ? where token = ? and outcome is null',
  );
  const remove = database.prepare('delete from tokens where token = ?');
  const drop = database.prepare('delete from tokens where execution = ?');

  return {
    create: (token: string, execution: string): void => {
      insert.run(token, execution);
    },
    load: (token: string): TokenState | undefined => {
      const row = load.get(token);
      if (row === undefined) return undefined;
      const outcome = optionalJson<Outcome>(row, 'outcome');
      const heartbeatAt = optionalText(row, 'heartbeat_at');
      return {
        ...(outcome === undefined ? {} : { outcome }),
        ...(heartbeatAt === undefined ? {} : { heartbeatAt }),
      };
    },
    /** False when the token is unknown or has its answer already. */
    complete: (token: string, outcome: Outcome): boolean =>
      complete.run(toJson(outcome), token).changes === 1,
    beat: (token: string, at: Date): boolean => beat.run(at.toISOString(), token).changes === 1,
    remove: (token: string): void => {
      remove.run(token);
    },
    drop: (execution: string): void => {
      drop.run(execution);
    },
  };
}
