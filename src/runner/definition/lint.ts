/**
 * What is wrong with a definition beyond its shape. asl-validator misses four of these checks:
 * States.ALL not alone and last, heartbeat not below timeout, `$.path` in JSONata, and
 * JSONPath fields of a Catch (those fail the schema: its objects are strict).
 */
import type { Json } from '../../core/canonical-json.ts';
import { expressionFault } from './check-expression.ts';
import type { Definition, State } from './states-language.ts';
import { type PlacedState, walkStates } from './walk.ts';

type Check = (placed: PlacedState) => string[];

/** One finding per fault: `States.Dump: …`. Empty when the definition can run. */
export function lintDefinition(definition: Definition): string[] {
  const placed = [...walkStates(definition)];
  const starts = definition.States[definition.StartAt] ? [] : [`StartAt: no ${definition.StartAt}`];
  const findings = placed.flatMap((one) =>
    checks.flatMap((check) => check(one).map((finding) => `${one.path}: ${finding}`)),
  );
  return [...starts, ...findings, ...duplicates(placed)];
}

const checkTargets: Check = ({ state, branch }) => {
  const missing = [...targets(state), branch.StartAt].filter((name) => !branch.States[name]);
  return [...new Set(missing)].map((name) => `leads to ${name}, which is not in its scope`);
};

const checkEnd: Check = ({ state }) => {
  if (!('Next' in state || 'End' in state || needsNext(state))) return [];
  if (!needsNext(state)) return [];
  const ends = Number(state.Next !== undefined) + Number(state.End === true);
  return ends === 1 ? [] : ['needs either Next or "End": true'];
};

/** Step Functions developer guide, "Handling errors": States.ALL must be alone and last. */
const checkAllIsAloneAndLast: Check = ({ state }) => {
  if (!('Retry' in state)) return [];
  return [state.Retry, state.Catch].flatMap((rules) =>
    rules.flatMap(({ ErrorEquals }, index) => {
      if (!ErrorEquals.includes('States.ALL')) return [];
      if (ErrorEquals.length > 1) return ['States.ALL must stand alone in its ErrorEquals'];
      return index === rules.length - 1 ? [] : ['States.ALL must be the last rule'];
    }),
  );
};

/** Developer guide, "Task workflow state": HeartbeatSeconds is smaller than TimeoutSeconds. */
const checkHeartbeat: Check = ({ state }) => {
  if (state.Type !== 'Task') return [];
  const { HeartbeatSeconds: heartbeat, TimeoutSeconds: timeout } = state;
  if (typeof heartbeat !== 'number' || typeof timeout !== 'number') return [];
  return heartbeat < timeout ? [] : ['HeartbeatSeconds must be smaller than TimeoutSeconds'];
};

/**
 * Only who holds the task's token can reset the heartbeat's clock (API reference, SendTaskHeartbeat).
 * Where no token is handed out a heartbeat is a second, shorter timeout: jobs of `.sync` were failed by
 * it while they ran (github.com/aws-samples/aws-batch-genomics/issues/16).
 */
const checkHeartbeatHasSender: Check = ({ state }) => {
  if (state.Type !== 'Task' || state.HeartbeatSeconds === undefined) return [];
  if (state.Resource.endsWith('.waitForTaskToken')) return [];
  return ['HeartbeatSeconds needs .waitForTaskToken: nobody else sends heartbeats'];
};

const checkWait: Check = ({ state }) => {
  if (state.Type !== 'Wait') return [];
  const given = [state.Seconds, state.Timestamp].filter((value) => value !== undefined);
  return given.length === 1 ? [] : ['needs exactly one of Seconds and Timestamp'];
};

/** Developer guide, "Passing data … with variables": no inner name equal to an outer one. */
const checkShadowing: Check = ({ state, outer }) =>
  Object.keys('Assign' in state ? (state.Assign ?? {}) : {})
    .filter((name) => outer.has(name))
    .map((name) => `assigns $${name}, which belongs to an outer scope`);

const checkExpressions: Check = ({ state }) =>
  expressionsOf(ownFields(state)).flatMap((expression) => {
    const fault = expressionFault(expression);
    return fault === undefined ? [] : [`{%${expression}%}: ${fault}`];
  });

/** Developer guide, "Transforming data with JSONata", reserved variable $states. */
const checkErrorOutput: Check = ({ state }) => {
  const { Catch: _, ...others } = state as State & { Catch?: unknown };
  return expressionsOf(ownFields(others as State))
    .filter((expression) => expression.includes('$states.errorOutput'))
    .map((expression) => `{%${expression}%}: $states.errorOutput is known in a Catch alone`);
};

const checks = [
  checkTargets,
  checkEnd,
  checkAllIsAloneAndLast,
  checkHeartbeat,
  checkHeartbeatHasSender,
  checkWait,
  checkShadowing,
  checkExpressions,
  checkErrorOutput,
];

function ownFields(state: State): Json {
  const { Branches, ItemProcessor, ...own } = state as State & {
    Branches?: unknown;
    ItemProcessor?: unknown;
  };
  return own as Json;
}

function expressionsOf(value: Json): string[] {
  if (typeof value === 'string') return value.startsWith('{%') ? [value.slice(2, -2)] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(expressionsOf);
}

type Flowing = Extract<State, { Next?: string | undefined; End?: boolean | undefined }>;
const needsNext = (state: State): state is Flowing =>
  !['Choice', 'Succeed', 'Fail'].includes(state.Type);

function targets(state: State): string[] {
  const named = 'Next' in state ? [state.Next] : [];
  const caught = 'Catch' in state ? state.Catch.map((rule) => rule.Next) : [];
  const chosen =
    state.Type === 'Choice' ? [...state.Choices.map((rule) => rule.Next), state.Default] : [];
  return [...named, ...caught, ...chosen].filter((name) => name !== undefined);
}

function duplicates(placed: readonly PlacedState[]): string[] {
  const seen = new Set<string>();
  return placed.flatMap(({ name, path }) => {
    const again = seen.has(name);
    seen.add(name);
    return again ? [`${path}: the name ${name} is taken by another state`] : [];
  });
}
