/** Fills in the JSONata expressions of a template. */
import jsonata from 'jsonata';
import type { Json } from '../../core/canonical-json.ts';
import { StateError } from '../state-error.ts';
import { extraFunctions } from './functions.ts';

/** What an expression may name: variables by their name, and `states`. */
export type Bindings = Readonly<Record<string, unknown>>;

/** Where the expression stands: for the cause of a failure. */
export interface Location {
  readonly state: string;
  readonly field: string;
}

/**
 * Every string that starts with `{%` and ends with `%}` becomes its value; all else stays.
 * @throws StateError States.QueryEvaluationError, for a value that is undefined too.
 */
export async function evaluate(
  template: Json,
  bindings: Bindings,
  location: Location,
): Promise<Json> {
  if (typeof template === 'string') return evaluateText(template, bindings, location);
  if (Array.isArray(template)) {
    const at = (index: number) => ({ ...location, field: `${location.field}[${index}]` });
    return Promise.all(template.map((item, index) => evaluate(item, bindings, at(index))));
  }
  if (template === null || typeof template !== 'object') return template;
  const fields = Object.entries(template).map(async ([key, value]) => {
    const at = { ...location, field: `${location.field}/${key}` };
    return [key, await evaluate(value, bindings, at)] as const;
  });
  return Object.fromEntries(await Promise.all(fields));
}

const delimited = /^\{%([\s\S]*)%\}$/;

async function evaluateText(text: string, bindings: Bindings, location: Location): Promise<Json> {
  const source = delimited.exec(text)?.[1];
  if (source === undefined) return text;
  const value = await run(source, bindings, location);
  if (value === undefined) {
    throw failure(location, source, 'returned nothing (undefined)');
  }
  return value;
}

async function run(source: string, bindings: Bindings, location: Location) {
  try {
    const value: unknown = await compile(source).evaluate(undefined, { ...bindings });
    // Sheds the marks that JSONata leaves on its sequences.
    const text = JSON.stringify(value, refuseFunctions);
    return text === undefined ? undefined : (JSON.parse(text) as Json);
  } catch (cause) {
    const seen = cause instanceof Error ? cause.message : messageOf(cause);
    throw failure(location, source, `threw: ${seen}`);
  }
}

/** JSONata's own functions are objects with a mark. */
function refuseFunctions(_: string, value: unknown): unknown {
  const marked = typeof value === 'object' && value !== null;
  if (
    typeof value === 'function' ||
    (marked && ('_jsonata_lambda' in value || '_jsonata_function' in value))
  ) {
    throw new TypeError('the result is a function');
  }
  return value;
}

// Compiled expressions hold no state of a run: bindings live in a frame of each evaluation.
const compiled = new Map<string, jsonata.Expression>();

function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const expression = jsonata(source);
  for (const { name, signature, implementation } of extraFunctions) {
    expression.registerFunction(name, implementation, signature);
  }
  compiled.set(source, expression);
  return expression;
}

/** JSONata throws plain objects as well. */
function messageOf(cause: unknown): string {
  if (typeof cause === 'object' && cause !== null && 'message' in cause)
    return String(cause.message);
  return JSON.stringify(cause);
}

function failure({ state, field }: Location, source: string, seen: string): StateError {
  const error = 'States.QueryEvaluationError';
  const expression = `The JSONata expression '${source.trim()}' specified for the field '${field}'`;
  const message = `An error occurred while executing the state '${state}'. ${expression} ${seen}.`;
  return new StateError(error, message, [
    { type: 'EvaluationFailed', details: { state, error, cause: message, location: field } },
  ]);
}
