import type { ExecutionEvent } from '../../core/executions.ts';

/** States that take time; choices and ends say nothing. */
const told = new Set(['TaskStateEntered', 'WaitStateEntered']);

/** The state that an execution went into, where that is worth a line. */
export function enteredState({ type, details }: ExecutionEvent): string | undefined {
  if (!told.has(type)) return undefined;
  const { name } = (details ?? {}) as { readonly name?: string };
  return name;
}
