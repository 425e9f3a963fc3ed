import { expect, test } from 'vitest';
import { eventRules } from '../../../infra/stack/event-rules.ts';
import { stageOf } from './stage-of.ts';

const deployed = '{ source: [acme.ci], detail-type: [deployed] }';
const rulesOf = (...events: readonly string[]) => {
  const sources = events.map(
    (event, n) =>
      `  s${n}: { engine: files, path: /srv, policies: { p: { on: [${event}], keep: { last: 1 } } } }`,
  );
  return Object.values(eventRules('prod', stageOf(`sources:\n${sources.join('\n')}\n`).config));
};

interface Target {
  readonly InputTransformer: { readonly InputTemplate: string; readonly InputPathsMap: object };
}
const targetsOf = (rule: ReturnType<typeof rulesOf>[number] | undefined): Target[] =>
  rule?.Properties['Targets'] as Target[];

test('an event starts the backup of its policy, with its own time as the slot', () => {
  const [rule] = rulesOf(deployed);
  expect(rule?.Properties['EventPattern']).toEqual({
    source: ['acme.ci'],
    'detail-type': ['deployed'],
  });
  const [target] = targetsOf(rule);
  expect(target?.InputTransformer).toEqual({
    InputPathsMap: { time: '$.time' },
    InputTemplate: '{"source":"s0","policy":"p","scheduledTime":<time>}',
  });
});

test('sources that wait for one event share its rule, as far as a rule goes', () => {
  const rules = rulesOf(...Array.from({ length: 7 }, () => deployed), '{ source: [other] }');
  expect(rules.map((rule) => targetsOf(rule).length)).toEqual([5, 2, 1]);
  expect(new Set(rules.map(({ Properties }) => Properties['Name'])).size).toBe(3);
});

test('policies without events make none', () => {
  expect(eventRules('prod', stageOf('sources: {}\n').config)).toEqual({});
});
