/** What a state is given while it is visited, and what it answers. */
import type { Json } from '../../core/canonical-json.ts';
import type { Clock } from '../clock.ts';
import type { Branch, State, Template } from '../definition/states-language.ts';
import type { NewEvent, Outcome, Progress } from '../journal/records.ts';
import type { Resources } from '../resources/resource.ts';

/** Further members of `$states` in this field: `result`, `errorOutput`. */
export interface Extra {
  readonly field: string;
  readonly result?: Json;
  readonly errorOutput?: Json;
  /** The item of a Map, in `$states.context.Map.Item`. */
  readonly item?: { readonly Index: number; readonly Value: Json };
  /** `$states.context.Task.Token`. */
  readonly token?: string;
}

export interface BranchStart {
  readonly index: number;
  readonly branch: Branch;
  readonly input: Json;
  readonly item?: { readonly Index: number; readonly Value: Json };
  readonly events: readonly NewEvent[];
  readonly signal: AbortSignal;
}

export interface Visit<S extends State = State> {
  readonly execution: string;
  readonly scope: string;
  readonly name: string;
  readonly state: S;
  readonly input: Json;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** 0 up to 1, for jitter. */
  readonly random: () => number;
  readonly resources: Resources;
  progress(): Progress;
  /** Journals what the state has to remember, with events, before it goes on. */
  save(patch: Partial<Progress>, events?: readonly NewEvent[]): void;
  /** The next attempt: what the last one remembered is forgotten, its branches too. */
  restart(progress: Progress, events: readonly NewEvent[]): void;
  evaluate(template: Template, extra: Extra): Promise<Json>;
  runBranch(start: BranchStart): Promise<Outcome>;
}

/** Where the scope goes: on to another state, or to its end. */
export interface Departure {
  readonly next?: string | undefined;
  readonly output: Json;
  readonly assigned: Readonly<Record<string, Json>>;
  readonly events: readonly NewEvent[];
}

/** @throws StateError when the state fails, Interruption when it is ended from outside. */
export type StateRunner<S extends State> = (visit: Visit<S>) => Promise<Departure>;
