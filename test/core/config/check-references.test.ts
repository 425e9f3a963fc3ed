import { expect, test } from 'vitest';
import { change } from './example.ts';

test('names an unknown source and a circle at once', () => {
  const after = 'connection: env:ORDERS\n    after: [elsewhere, uploads]';
  expect(change('connection: env:ORDERS', after)).toEqual([
    'holdfast.yaml:8:12 sources.orders.after: goes in a circle: orders → uploads → orders',
    'holdfast.yaml:8:13 sources.orders.after[0]: no source "elsewhere"; allowed: orders, uploads',
  ]);
});

test('takes several sources after one for an order', () => {
  const third = '  third:\n    engine: files\n    path: /t\n    after: [orders, uploads]\n';
  const policies = '    policies: { daily: { keep: { daily: 7 } } }\n';
  expect(change('alerts:\n', `${third}${policies}alerts:\n`)).toEqual([]);
});

test.for([
  [
    'an escalation',
    'to: [oncall], escalate: { after: 1h, to: [boss] } }',
    'alerts.routes[0].escalate.to[0]',
  ],
  ['the digest', 'to: [oncall] }\n  digest: { at: "08:00", to: [boss] }', 'alerts.digest.to[0]'],
] as const)('looks up the channels of %s', ([, to, path]) => {
  const [problem] = change('to: [oncall] }', to);
  expect(problem).toContain(`${path}: no channel "boss"; allowed: oncall`);
});
