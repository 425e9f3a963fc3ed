import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/core/canonical-json.ts';
import { evaluate } from '../../../src/runner/expressions/evaluate.ts';

const at = { state: 'Plan', field: 'Output' };
const bindings = { states: { input: { a: 1, list: [{ n: 1 }, { n: 2 }] } }, name: 'orders' };
const value = (template: Json) => evaluate(template, bindings, at);

// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
describe('a template', () => {
  it.each<[Json, Json]>([
    ['{% $states.input.a + 1 %}', 2],
    [{ deep: ['{% $name %}', 3, null, true] }, { deep: ['orders', 3, null, true] }],
    ['not {% $name %}', 'not {% $name %}'],
    [' {% $name %}', ' {% $name %}'],
    ["{% 'a\nb' %}", 'a\nb'],
    ['{% $states.input.list.n %}', [1, 2]],
    // A filter that matches one item yields the item itself.
    ['{% $states.input.list[n = 2] %}', { n: 2 }],
  ])('%j is %j', async (template, expected) => {
    expect(await value(template)).toEqual(expected);
  });

  it.each<[string, Json]>([
    ['undefined', '{% $states.input.missing %}'],
    ['undefined deep inside', { a: [{ b: '{% $nothing %}' }] }],
    ['a function', '{% function($x) { $x } %}'],
    ['an error of JSONata', "{% 1 + 'a' %}"],
    ['$eval', "{% $eval('1') %}"],
  ])('fails with States.QueryEvaluationError for %s', async (_, template) => {
    await expect(value(template)).rejects.toMatchObject({
      error: 'States.QueryEvaluationError',
      events: [{ type: 'EvaluationFailed', details: { state: 'Plan' } }],
    });
  });

  it('names the field that failed', async () => {
    // As a failed execution on AWS words it; of its own it adds the id of the event.
    await expect(value({ a: [1, '{% $nothing %}'] })).rejects.toThrow(
      "An error occurred while executing the state 'Plan'. The JSONata expression '$nothing' specified for the field 'Output/a[1]' returned nothing (undefined).",
    );
  });
});

// transforming-data, "JSONata functions provided by Step Functions"
describe('the functions that Step Functions adds', () => {
  it.each<[string, Json]>([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$range(0, 9, 3)', [0, 3, 6, 9]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$parse(\'{"a":[1]}\')', { a: [1] }],
    ["$hash('abc', 'SHA-256')", 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ["$hash('abc', 'MD5')", '900150983cd24fb0d6963f7d28e17f72'],
    ["$hash('abc', 'SHA-1')", 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ["$length($hash('abc', 'SHA-384'))", 96],
    ["$length($hash('abc', 'SHA-512'))", 128],
    ['$random(7) = $random(7)', true],
    ['$random() < 1', true],
    ['$uuid() != $uuid()', true],
    ['$length($uuid())', 36],
  ])('%s', async (expression, expected) => {
    expect(await value(`{% ${expression} %}`)).toEqual(expected);
  });

  it.each(['$range(0, 1001, 1)', "$hash('a', 'CRC')", "$parse('{')", '$partition([1], 0)'])(
    'refuses %s',
    async (expression) => {
      await expect(value(`{% ${expression} %}`)).rejects.toMatchObject({
        error: 'States.QueryEvaluationError',
      });
    },
  );
});
