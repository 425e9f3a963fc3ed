import type { Json } from '../../core/canonical-json.ts';
import type { MapState, Template } from '../definition/states-language.ts';
import { checkSize, StateError } from '../state-error.ts';
import { type BranchRun, runBranches } from './branches.ts';
import { leave } from './leave.ts';
import { outputs } from './parallel.ts';
import { recoverable } from './recovery.ts';
import type { StateRunner, Visit } from './visit.ts';

type MapVisit = Visit<MapState>;

/** Developer guide, "Using Map state in Inline mode": at most 40 iterations at a time. */
const inlineConcurrency = 40;

export const runMap: StateRunner<MapState> = (visit) =>
  recoverable(visit, async () => {
    if (visit.state.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED') throw distributed(visit);
    const items = await itemsOf(visit);
    const asked = await numberOf(visit, 'MaxConcurrency', 0);
    const outcomes = await runBranches(visit, {
      starts: items.map((value, Index) => ({
        index: Index,
        branch: visit.state.ItemProcessor,
        input: value.input,
        item: { Index, Value: value.item },
        events: [{ type: 'MapIterationStarted', details: { name: visit.name, index: Index } }],
      })),
      concurrency: Math.min(asked === 0 ? inlineConcurrency : asked, inlineConcurrency),
      verdict: await toleration(visit, items.length),
    });
    const result = outputs(outcomes);
    checkSize(result, `the result of ${visit.name}`);
    const { Assign: assign, Output: output, Next: next } = visit.state;
    const events = [{ type: 'MapStateSucceeded' }];
    return leave(visit, { assign, output, next, fallback: result, extra: { result }, events });
  });

const distributed = ({ name }: MapVisit): StateError =>
  new StateError(
    'States.Runtime',
    `${name} is a Distributed Map, which reads its items from a bucket: only Step Functions runs it`,
  );

type Item = { readonly item: Json; readonly input: Json };

async function itemsOf(visit: MapVisit): Promise<readonly Item[]> {
  const known = visit.progress().arguments;
  if (known !== undefined) return known as unknown as Item[];
  const { Items, ItemSelector } = visit.state;
  const items = Items === undefined ? visit.input : await visit.evaluate(Items, { field: 'Items' });
  if (!Array.isArray(items)) {
    throw new StateError(
      'States.QueryEvaluationError',
      `The Items of ${visit.name} are not an array: ${JSON.stringify(items).slice(0, 100)}`,
    );
  }
  const selected = await Promise.all(
    items.map(async (item: Json, Index): Promise<Item> => {
      if (ItemSelector === undefined) return { item, input: item };
      return { item, input: await selectItem(visit, ItemSelector, { Index, Value: item }) };
    }),
  );
  const details = { length: items.length };
  visit.save({ arguments: selected }, [{ type: 'MapStateStarted', details }]);
  return selected;
}

const selectItem = (visit: MapVisit, selector: Template, item: { Index: number; Value: Json }) =>
  visit.evaluate(selector, { field: `ItemSelector[${item.Index}]`, item });

async function numberOf(
  visit: MapVisit,
  field: 'MaxConcurrency' | 'ToleratedFailureCount' | 'ToleratedFailurePercentage',
  fallback: number,
): Promise<number> {
  const value = await visit.evaluate(visit.state[field] ?? fallback, { field });
  if (typeof value === 'number' && value >= 0) return value;
  throw new StateError('States.QueryEvaluationError', `${field} of ${visit.name} is no number`);
}

/** Without a tolerance the first failure is the Map's own; beyond one it has a name of its own. */
async function toleration(visit: MapVisit, total: number): Promise<BranchRun['verdict']> {
  const { ToleratedFailureCount: count, ToleratedFailurePercentage: percentage } = visit.state;
  const failed = [{ type: 'MapStateFailed' }];
  if (count === undefined && percentage === undefined) {
    return (_, { error, cause = '' }) => new StateError(error, cause, failed);
  }
  const most = await numberOf(visit, 'ToleratedFailureCount', total);
  const mostPercent = await numberOf(visit, 'ToleratedFailurePercentage', 100);
  return (failures) => {
    if (failures <= most && (failures / total) * 100 <= mostPercent) return undefined;
    const cause = `${failures} of ${total} items of ${visit.name} failed, more than tolerated`;
    return new StateError('States.ExceedToleratedFailureThreshold', cause, failed);
  };
}
