import { expect, it } from 'vitest';
import { checkClusters } from '../../../src/core/config/check-clusters.ts';
import { splitControl } from '../../../src/core/config/cluster.ts';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { good, options, problems } from './example.ts';

const cluster = `clusters:
  orders:
    engine: postgres
    nodes:
      a: { connection: env:A, control: { local: { stop: [pg_ctl, stop], start: [pg_ctl, start] } } }
      b: { connection: env:B }
    application: env:APP
    source: orders
    freeze: [{ source: orders }, { command: [./quiet] }]
    approval: { to: [oncall] }
    dns:
      - { provider: rfc2136, server: "127.0.0.1:5353", zone: example.test, name: db, ttl: 5, values: { a: 127.0.0.2, b: 127.0.0.3 }, key: env:TSIG }
`;
const text = (from = '', to = '') => {
  if (!cluster.includes(from)) throw new Error(`the cluster has no ${from}`);
  return `${good}${cluster.replace(from, to)}`;
};

it('has careful defaults: nothing may be lost, a person approves, nothing starts by itself', () => {
  const { clusters } = parseConfig(text(), options);
  expect(clusters['orders']).toMatchObject({
    budget: { bytes: 0 },
    approval: { required: true, timeout: '15m' },
    detection: { automatic: false, vantage: ['local'], failures: 3 },
  });
});

it.each([
  [
    '      b: { connection: env:B }\n',
    '',
    'clusters.orders.nodes: expected at least two nodes, by name',
  ],
  ['b: 127.0.0.3', 'c: 127.0.0.3', 'dns[0].values: no value for node "b"'],
  ['b: 127.0.0.3', 'b: 127.0.0.3, c: 127.0.0.4', 'no node "c"'],
  ['source: orders\n', 'source: order\n', 'clusters.orders.source: no source "order"'],
  ['{ source: orders }', '{ source: orderz }', 'freeze[0].source: no source "orderz"'],
  ['to: [oncall]', 'to: [onkall]', 'approval.to[0]: no channel "onkall"'],
  ['engine: postgres', 'engine: oracle', ''],
  [
    '    source: orders\n',
    '    drill: { schedule: "rate(1 day)" }\n',
    'clusters.orders.drill: a drill needs `source:` of the cluster beside it',
  ],
  [
    '    source: orders\n',
    '    source: orders\n    drill: { schedule: "cron(0 25 * * ? *)" }\n',
    'clusters.orders.drill.schedule: ',
  ],
  [
    'approval: {',
    'budget: {}\n    approval: {',
    'expected bytes, transactions or seconds; 0 is allowed',
  ],
  [
    'approval: {',
    'activate: [{ ecs: { cluster: shop, service: web } }]\n    approval: {',
    'clusters.orders.activate[0]: how many? ecs shop/web is not under `freeze:`',
  ],
  [
    '{ command: [./quiet] }]',
    '{ ecs: { cluster: shop, service: web, node: c } }]\n    activate: [{ ecs: { cluster: shop, service: web, node: a } }]',
    'clusters.orders.freeze[1]: no node "c"',
  ],
  ['"127.0.0.1:5353"', '"nowhere"', 'expected host:port'],
  ['approval: {', 'detection: { every: 0s }\n    approval: {', 'expected 1s or more'],
  [
    'approval: { to: [oncall] }',
    'detection: { automatic: true }\n    approval: { required: false }',
    'clusters.orders.budget: an automatic start that nobody approves needs `seconds`',
  ],
])('says of %j → %j what is wrong', (from, to, expected) => {
  expect(problems(text(from, to)).join('\n')).toContain(expected);
});

it('knows which engines fail over where it is told', () => {
  const config = parseConfig(text('    source: orders\n', ''), options);
  expect(checkClusters(config, ['redis'])[0]?.message).toContain(
    'no engine that fails over "postgres"',
  );
  expect(checkClusters(config, undefined)).toEqual([]);
});

it('takes an automatic start where somebody is asked, or seconds are the budget', () => {
  const asked = text('approval: {', 'detection: { automatic: true }\n    approval: {');
  expect(parseConfig(asked, options).clusters['orders']?.detection.automatic).toBe(true);
  const unasked =
    'detection: { automatic: true }\n    budget: { seconds: 30 }\n    approval: { required: false }';
  const found = parseConfig(text('approval: { to: [oncall] }', unasked), options);
  expect(found.clusters['orders']?.budget).toEqual({ seconds: 30 });
});

const rds = (instance: string) =>
  `{ rds: { instance: ${instance}, region: eu-west-1, isolation: sg-0123456789abcdef0 } }`;
const managed = (engine: string, one: string, two: string) =>
  problems(
    text(
      'engine: postgres\n    nodes:\n      a: { connection: env:A, control: { local: { stop: [pg_ctl, stop], start: [pg_ctl, start] } } }\n      b: { connection: env:B }\n',
      `engine: ${engine}\n    nodes:\n      a: { connection: env:A, control: ${one} }\n      b: { connection: env:B, control: ${two} }\n`,
    ),
  ).join('\n');
const aurora =
  '{ aurora: { cluster: orders-a, globalCluster: orders, region: eu-west-1, endpoint: "http://127.0.0.1:5000" } }';
const local = '{ local: { stop: [pg_ctl, stop], start: [pg_ctl, start] } }';

it('takes databases that a service runs, for the engines that ask its API, and for no other', () => {
  const none = managed('rds-postgres', rds('orders-a'), rds('orders-b'));
  expect(none).not.toContain('control');
  expect(managed('aurora-postgres', aurora, aurora)).not.toContain('control');
  expect(managed('rds-postgres', rds('orders-a'), aurora)).toContain(
    'nodes.b.control: the engine rds-postgres needs rds: { … } here',
  );
  expect(managed('rds-postgres', rds('orders-a'), local)).toContain('needs rds');
  expect(managed('postgres', local, rds('orders-b'))).toContain(
    'nodes.b.control: rds: the engine postgres needs a way to a machine; expected local, ssh or ssm',
  );
  expect(managed('rds-postgres', rds('Orders--A'), rds('orders-b'))).toContain(
    'expected the identifier',
  );
});

it('tells a machine from a database that a service runs', () => {
  const control = { local: { stop: ['a'], start: ['b'] } } as const;
  const place = { cluster: 'a', globalCluster: 'g', region: 'eu-west-1', promoteWithin: '1m' };
  expect(splitControl({ control: undefined })).toEqual({});
  expect(splitControl({ control: control as never })).toEqual({ machine: control });
  expect(splitControl({ control: { aurora: place } })).toEqual({ managed: { aurora: place } });
});
