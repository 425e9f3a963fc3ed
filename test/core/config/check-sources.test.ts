import { expect, test } from 'vitest';
import { checkSources } from '../../../src/core/config/check-sources.ts';
import { readConfig } from '../../../src/core/config/parse.ts';
import { change, good, options } from './example.ts';
import { parts } from './parts.ts';

const full = { ...parts.engines[1], methods: ['full'] as [string, ...string[]] };

test.for([
  [
    'full: of a policy that is not incremental',
    ['daily: { keep: { daily: 7 } }', 'daily: { full: weekly, keep: { daily: 7 } }'],
    'holdfast.yaml:15:16 sources.uploads.policies.daily.full: only for method incremental; this one is full',
  ],
  [
    'keep: without a period',
    ['daily: { keep: { daily: 7 } }', 'daily: { keep: {} }'],
    'holdfast.yaml:15:22 sources.uploads.policies.daily.keep: empty; expected at least one period: daily: 7',
  ],
] as const)('refuses %s', ([, [from, to], expected]) => {
  expect(change(from, to)).toEqual([expected]);
});

test('refuses a method that the engine lacks', () => {
  const text = good.replace('daily: { keep:', 'daily: { method: incremental, keep:');
  const { config } = readConfig(text, options);
  expect(checkSources(config, [full as (typeof parts.engines)[number]])).toMatchObject([
    {
      path: ['sources', 'uploads', 'policies', 'daily', 'method'],
      message: 'found "incremental"; allowed for files: full',
    },
  ]);
});

test('leaves a source of an engine that it does not know alone', () => {
  expect(checkSources(readConfig(good, options).config, [])).toEqual([]);
});

test.for([
  [
    'none',
    [
      'holdfast.yaml:8:5 sources.orders.drill: under `fingerprint: none` a drill compares nothing and never counts as restored',
    ],
  ],
  ['rows', []],
] as const)('warns of a drill that proves nothing: %s', ([fingerprint, expected]) => {
  const drill = `connection: env:ORDERS\n    drill: {}\n    fingerprint: ${fingerprint}`;
  const text = good.replace('connection: env:ORDERS', drill);
  expect(readConfig(text, options).warnings).toEqual(expected);
});
