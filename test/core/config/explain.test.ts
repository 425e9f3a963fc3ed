import { expect, test } from 'vitest';
import { change, problems } from './example.ts';

const daily = 'daily: { schedule: "cron(0 2 * * ? *)", keep: { daily: 7 } }';

test.for([
  [
    'text where a mapping belongs, with the keys of the mapping',
    ['keep: { daily: 7 } }\n  uploads', 'keep: some }\n  uploads'],
    'holdfast.yaml:9:53 sources.orders.policies.daily.keep: found text; expected a mapping; allowed: last, within, hourly, daily, weekly, monthly, yearly',
  ],
  [
    'nothing where text belongs',
    ['path: /srv', 'path:'],
    'holdfast.yaml:12:10 sources.uploads.path: found nothing; expected text',
  ],
  [
    'a list where text belongs',
    ['path: /srv', 'path: [/srv]'],
    'holdfast.yaml:12:11 sources.uploads.path: found a list; expected text',
  ],
  [
    'a mapping where text belongs',
    ['path: /srv', 'path: { a: 1 }'],
    'holdfast.yaml:12:11 sources.uploads.path: found a mapping; expected text',
  ],
  [
    'a number where a word belongs',
    ['engine: files', 'engine: 5'],
    'holdfast.yaml:11:13 sources.uploads.engine: found a number; allowed: postgres, files',
  ],
  [
    'a channel that is no mapping',
    ['oncall: { slack: env:SLACK }', 'oncall: env:SLACK'],
    'holdfast.yaml:18:13 alerts.channels.oncall: found text; expected a mapping with one of slack, email',
  ],
  [
    'an empty channel',
    ['oncall: { slack: env:SLACK }', 'oncall: {}'],
    'holdfast.yaml:18:13 alerts.channels.oncall: found a mapping; expected a mapping with one of slack, email',
  ],
  [
    'what fits no option of a choice of values',
    [daily, daily.replace('keep:', 'full: biweekly, keep:')],
    'holdfast.yaml:9:53 sources.orders.policies.daily.full: found "biweekly"; expected daily, weekly, monthly or a duration: 10d',
  ],
  [
    'a list that fits no option of a choice of values',
    [daily, daily.replace('keep:', 'full: [weekly], keep:')],
    'holdfast.yaml:9:53 sources.orders.policies.daily.full: found a list; expected one of daily, weekly, monthly, or a duration: 10d',
  ],
  [
    'an empty list',
    ['to: [oncall]', 'to: []'],
    'holdfast.yaml:20:34 alerts.routes[0].to: Too small: expected array to have >=1 items',
  ],
  [
    'an unknown key of a mapping in a list',
    ['to: [oncall] }', 'to: [oncall], too: x }'],
    'holdfast.yaml:20:44 alerts.routes[0].too: unknown key; allowed: on, to, escalate; did you mean "to"?',
  ],
  [
    'a list of mappings that is a mapping',
    ['    - { on: [backup.failed], to: [oncall] }', '    on: [backup.failed]'],
    'holdfast.yaml:20:5 alerts.routes: found a mapping; expected a list',
  ],
  [
    'a number that is too small',
    ['keep: { daily: 7 } }\n  uploads', 'keep: { daily: 0 } }\n  uploads'],
    'holdfast.yaml:9:62 sources.orders.policies.daily.keep.daily: found "0"; Too small: expected number to be >0',
  ],
] as const)('names %s', ([, [from, to], expected]) => {
  expect(change(from, to)).toEqual([expected]);
});

test('cuts a long value', () => {
  const [problem] = change('url: file:///var/backups', `url: ${'x'.repeat(90)}`);
  expect(problem).toContain(`found "${'x'.repeat(57)}..."; expected file:///path`);
});

test('does not show the password in a URL', () => {
  const endpoint = 'endpoint: "https://me:hunter2@minio.example"';
  const [problem] = change('url: file:///var/backups', `url: s3://bucket, ${endpoint}`);
  expect(problem).toContain('vault.primary.endpoint: found a URL with credentials (not shown)');
  expect(problem).not.toContain('hunter2');
});

test('names what is missing altogether', () => {
  expect(problems('vault: {}\n')).toEqual([
    'holdfast.yaml:1:1 vault.primary: missing; expected a mapping; allowed: url, region, endpoint, pathStyle, ca, lock, tiers, keep',
    'holdfast.yaml:1:1 vault.encryption: missing; expected a mapping; allowed: key, recipients',
    'holdfast.yaml:1:1 sources: missing; expected a mapping',
  ]);
});
