/** The order of a whole-system restore: each source after those its `after:` names. */
import { UsageError } from './errors.ts';

export type After = Readonly<Record<string, { readonly after: readonly string[] }>>;

/** Depth first, otherwise as configured. Throws UsageError `ORDER_CYCLIC`. */
export function sourceOrder(sources: After): string[] {
  const ordered = new Set<string>();
  for (const name of Object.keys(sources)) visit(name, [], { sources, ordered });
  return [...ordered];
}

function visit(
  name: string,
  path: readonly string[],
  state: { readonly sources: After; readonly ordered: Set<string> },
): void {
  if (state.ordered.has(name)) return;
  if (path.includes(name)) {
    throw new UsageError(`after: goes round in a circle: ${[...path, name].join(' → ')}`, {
      code: 'ORDER_CYCLIC',
      hint: 'Remove one of these `after:` entries.',
    });
  }
  for (const earlier of state.sources[name]?.after ?? []) visit(earlier, [...path, name], state);
  if (state.sources[name]) state.ordered.add(name);
}
