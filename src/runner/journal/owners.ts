/** Whose an execution is, and the signs of life of its process. */
import type { DatabaseSync } from 'node:sqlite';
import type { ProcessIdentity } from '../processes/identity.ts';
import { toJson } from './column.ts';

export function openOwners(database: DatabaseSync, now: () => Date) {
  const has = database.prepare('select 1 from executions where id = ? and owner = ?');
  const claim = database.prepare(
    `update executions set owner = ?, alive_at = ?, resumes = resumes + 1
     where id = ? and owner = ? and status = 'RUNNING'`,
  );
  const touch = database.prepare(
    `update executions set alive_at = ? where owner = ? and status = 'RUNNING'`,
  );

  return {
    has: (id: string, owner: ProcessIdentity): boolean => has.get(id, toJson(owner)) !== undefined,
    /** Takes a running execution over from `from`; false when somebody else was faster. */
    claim: (id: string, from: ProcessIdentity, to: ProcessIdentity): boolean =>
      claim.run(toJson(to), now().toISOString(), id, toJson(from)).changes === 1,
    touch: (owner: ProcessIdentity): void => {
      touch.run(now().toISOString(), toJson(owner));
    },
  };
}
