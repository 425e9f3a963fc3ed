/** Every state of a definition with the place where it stands. */
import type { Branch, State } from './states-language.ts';

export interface PlacedState {
  readonly name: string;
  readonly state: State;
  readonly branch: Branch;
  /** `States.Dump`, `States.Copies.Branches[0].States.Copy`. */
  readonly path: string;
  /** Variables that the enclosing scopes assign. */
  readonly outer: ReadonlySet<string>;
}

export function* walkStates(branch: Branch, prefix = '', outer = new Set<string>()) {
  const assigned = new Set([...outer, ...assignedNames(branch)]);
  for (const [name, state] of Object.entries(branch.States)) {
    const path = `${prefix}States.${name}`;
    yield { name, state, branch, path, outer } satisfies PlacedState;
    for (const [label, inner] of innerBranches(state)) {
      yield* walkInner(inner, `${path}.${label}.`, assigned);
    }
  }
}

// A generator that calls itself needs its type said once.
const walkInner: (branch: Branch, prefix: string, outer: Set<string>) => Generator<PlacedState> =
  walkStates;

function innerBranches(state: State): [string, Branch][] {
  if (state.Type === 'Map') return [['ItemProcessor', state.ItemProcessor]];
  if (state.Type !== 'Parallel') return [];
  return state.Branches.map((branch, index) => [`Branches[${index}]`, branch]);
}

function assignedNames(branch: Branch): string[] {
  return Object.values(branch.States).flatMap((state) => [
    ...('Assign' in state ? Object.keys(state.Assign ?? {}) : []),
    ...('Catch' in state ? state.Catch.flatMap((rule) => Object.keys(rule.Assign ?? {})) : []),
    ...('Choices' in state ? state.Choices.flatMap((rule) => Object.keys(rule.Assign ?? {})) : []),
  ]);
}
