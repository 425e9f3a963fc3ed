/** Whether the administrator could fence: asked of the server, without doing it. */
import { withNode } from '../postgres/failover/node-session.ts';
import { loginRoles } from './fence.ts';
import { type AuroraNode, wordsOf } from './member.ts';

interface Facts {
  readonly signals: boolean;
  readonly sees: boolean;
  readonly creates: boolean;
  /** Roles that may log in and that it may not alter. */
  readonly beyond: readonly string[];
}

/** From version 16 on, who alters a role has to administer that very one. */
const sql = `
  select pg_has_role('pg_signal_backend', 'member') as signals, pg_has_role('pg_read_all_stats', 'member') as sees,
    has_database_privilege(current_database(), 'create') as creates,
    array(select f.rolname::text from (${loginRoles}) f, pg_roles own
      where own.rolname = current_user and not own.rolsuper and not (own.rolcreaterole and
        (current_setting('server_version_num')::int < 160000
          or pg_has_role(current_user, f.rolname, 'usage with admin option')))) as beyond`;

export async function administratorFindings(
  { name, url }: AuroraNode,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const [row] = await withNode({ url, seconds: 5, signal }, ({ query }) =>
      query<Facts & object>(sql),
    );
    return row === undefined ? [`${name} does not answer`] : findings(name, row);
  } catch (error) {
    signal.throwIfAborted();
    return [`${name}: ${wordsOf(error)}`];
  }
}

function findings(name: string, { signals, sees, creates, beyond }: Facts): string[] {
  const problems: (string | false)[] = [
    !signals && `${name}: its administrator may not end sessions; grant it pg_signal_backend`,
    !sees && `${name}: its administrator does not see all sessions; grant it pg_monitor`,
    !creates && `${name}: its administrator may not create the schema holdfast`,
    beyond.length > 0 &&
      `${name}: its administrator may not alter ${beyond.join(', ')}: they would not be fenced`,
  ];
  return problems.filter((each) => each !== false);
}
