/** How a state ends well: Assign and Output see the same values, neither sees the other. */
import type { Json } from '../../core/canonical-json.ts';
import type { State, Template } from '../definition/states-language.ts';
import type { NewEvent } from '../journal/records.ts';
import { checkSize } from '../state-error.ts';
import type { Departure, Extra, Visit } from './visit.ts';

export interface Exit {
  readonly assign: Readonly<Record<string, Template>> | undefined;
  readonly output: Template | undefined;
  readonly next: string | undefined;
  /** What goes out where there is no Output. */
  readonly fallback: Json;
  readonly extra?: Omit<Extra, 'field'>;
  readonly label?: string;
  readonly events?: readonly NewEvent[];
}

/** @throws StateError States.QueryEvaluationError, States.DataLimitExceeded */
export async function leave(visit: Visit<State>, exit: Exit): Promise<Departure> {
  const { assign = {}, output, next, fallback, extra = {}, label = '', events = [] } = exit;
  const assigned = await visit.evaluate(assign, { ...extra, field: `${label}Assign` });
  const value =
    output === undefined
      ? fallback
      : await visit.evaluate(output, { ...extra, field: `${label}Output` });
  checkSize(assigned, `what ${visit.name} assigns`);
  checkSize(value, `the output of ${visit.name}`);
  return { next, output: value, assigned: assigned as Record<string, Json>, events };
}
