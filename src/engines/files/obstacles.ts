/** What stands in the way of a restore. */
import type { RestoreRequest } from '../../core/ports/engine.ts';
import type { SelectResult } from './restore/result.ts';

export interface Obstacle {
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
}

export function unmatched(
  { only }: RestoreRequest,
  { entries }: Pick<SelectResult, 'entries'>,
): Obstacle[] {
  if (only.length === 0 || entries > 0) return [];
  return [
    {
      code: 'NOTHING_SELECTED',
      detail: `no entry of the set matches ${only.join(', ')}`,
      fix: "Patterns are relative to the source's path: --only 'docs/**'.",
    },
  ];
}
