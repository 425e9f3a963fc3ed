/** The user's own assertions of a drill: a query whose first value has to be true. */
import type { AssertionResult } from '../../core/ports/engine.ts';
import { onDatabase } from './connection.ts';
import { withSession } from './session.ts';
import { type PostgresContext, resolveConnection } from './source.ts';

export async function runAssertions(
  context: PostgresContext,
  target: string,
): Promise<AssertionResult[]> {
  const server = await resolveConnection(target, context);
  const results: AssertionResult[] = [];
  for (const { database, sql } of context.source.drill?.assertions ?? []) {
    const on = onDatabase(server, server.database ?? database);
    const detail = await withSession(on, { side: 'target', signal: context.signal }, (session) =>
      session.query<Record<string, unknown>>(sql),
    ).then(failureOf, (error: Error) => error.message);
    const passed = detail === undefined;
    results.push({ name: `${database}: ${sql}`, passed, detail: detail ?? 'true' });
  }
  return results;
}

/** Undefined when it holds. */
function failureOf(rows: readonly Record<string, unknown>[]): string | undefined {
  const [first] = rows;
  if (first === undefined) return 'the query gave no row';
  const [value] = Object.values(first);
  return value === true ? undefined : `the query gave ${JSON.stringify(value)}, not true`;
}
