import { describe, expect, it } from 'vitest';
import { configJsonSchema, parseConfig, readConfig } from '../../../src/core/config/parse.ts';
import { change, good, options, problems } from './example.ts';
import { parts } from './parts.ts';

describe('parseConfig', () => {
  it('gives the configuration with its defaults', () => {
    const config = parseConfig(good, options);
    expect(config.retention.floor).toBe(3);
    expect(config.sources['uploads']?.after).toEqual(['orders']);
    expect(config.health.schedule).toBe('rate(5 minutes)');
  });

  it.each([
    [
      'an unknown key, with the nearest one',
      ['keep: { daily: 7 } }\n  uploads', 'keep: { dayly: 7 } }\n  uploads'],
      'holdfast.yaml:9:55 sources.orders.policies.daily.keep.dayly: unknown key; allowed: last, within, hourly, daily, weekly, monthly, yearly; did you mean "daily"?',
    ],
    [
      'an unknown key of one engine only, never of the others',
      ['path: /srv', 'pahts: /srv\n    path: /srv'],
      'holdfast.yaml:12:5 sources.uploads.pahts: unknown key; allowed: kind, after, policies, objectives, fingerprint, anomaly, hooks, deploy, engine, path, region, ca; did you mean "path"?',
    ],
    [
      'an unknown engine',
      ['engine: postgres', 'engine: postgre'],
      'holdfast.yaml:6:13 sources.orders.engine: found "postgre"; allowed: postgres, files; did you mean "postgres"?',
    ],
    [
      'a missing engine',
      ['engine: files\n    ', ''],
      'holdfast.yaml:10:3 sources.uploads.engine: missing; allowed: postgres, files',
    ],
    [
      'a channel of an unknown kind',
      ['slack: env:SLACK', 'slak: env:SLACK'],
      'holdfast.yaml:18:15 alerts.channels.oncall.slak: unknown key; allowed: slack, email; did you mean "slack"?',
    ],
    [
      'a channel that lacks a key of its kind',
      ['slack: env:SLACK', 'email: a@b.example'],
      'holdfast.yaml:18:5 alerts.channels.oncall.smtp: missing; expected text',
    ],
    [
      'an unknown event',
      ['backup.failed', 'backup.fialed'],
      'holdfast.yaml:20:14 alerts.routes[0].on[0]: found "backup.fialed"; allowed: backup.failed, backup.partial, backup.stale, backup.size-anomaly, copy.failed, keys.pending, verify.failed, retention.blocked, replication.lag, restore.failed, restore.waiting, drill.failed, vault.unlocked, key.endangered, failover.started, failover.awaiting-approval, failover.rolled-back, failover.failed, failover.exposed, failover.not-ready, failover.primary-down; did you mean "backup.failed"?',
    ],
    [
      'a route to no channel',
      ['to: [oncall]', 'to: [oncal]'],
      'holdfast.yaml:20:35 alerts.routes[0].to[0]: no channel "oncal"; allowed: oncall; did you mean "oncall"?',
    ],
    [
      'an order after no source',
      ['after: [orders]', 'after: [order]'],
      'holdfast.yaml:13:13 sources.uploads.after[0]: no source "order"; allowed: orders, uploads; did you mean "orders"?',
    ],
    [
      'a circle of orders',
      ['connection: env:ORDERS', 'connection: env:ORDERS\n    after: [uploads]'],
      'holdfast.yaml:8:12 sources.orders.after: goes in a circle: orders → uploads → orders',
    ],
    [
      'a schedule that cannot run',
      ['cron(0 2 * * ? *)', 'rate(0 hours)'],
      'holdfast.yaml:9:26 sources.orders.policies.daily.schedule: rate schedule: "0 hours" is not a number and a unit; allowed: rate(N unit), N from 1 to 99999, unit minutes, hours or days.',
    ],
    [
      'a fingerprint that the engine cannot make',
      ['path: /srv', 'path: /srv\n    fingerprint: rows'],
      'holdfast.yaml:13:18 sources.uploads.fingerprint: found "rows"; allowed for files: checksum, none',
    ],
    [
      'a name that is none',
      ['  orders:\n    engine', '  Orders_DB:\n    engine'],
      'holdfast.yaml:5:3 sources.Orders_DB: not a valid name: expected 1 to 32 of a-z, 0-9 and "-"',
    ],
    [
      'a value of another type',
      ['keep: { daily: 7 } }\n  uploads', 'keep: { daily: seven } }\n  uploads'],
      'holdfast.yaml:9:62 sources.orders.policies.daily.keep.daily: found text; expected a number',
    ],
    [
      'a lock on a directory',
      ['url: file:///var/backups', 'url: file:///var/backups, lock: { mode: governance, days: 7 }'],
      'holdfast.yaml:2:40 vault.primary.lock: only for s3:// destinations; this one is a directory',
    ],
    [
      'a duplicate key',
      ['    path: /srv', '    path: /srv\n    path: /srv2'],
      'holdfast.yaml:13:5 not valid YAML: this key stands here twice: keep one of them',
    ],
    [
      'a tab as indentation',
      ['    path: /srv', '\tpath: /srv'],
      'holdfast.yaml:12:1 not valid YAML: a tab is used as indentation; allowed: spaces',
    ],
  ] as const)('names %s', (_title, [from, to], expected) => {
    expect(change(from, to)).toContain(expected);
  });

  it('lists every problem at once, in the order of the file', () => {
    const text = good.replace('engine: postgres', 'engine: pg').replace('slack:', 'slak:');
    expect(problems(text).map((line) => line.split(' ')[0])).toEqual([
      'holdfast.yaml:6:13',
      'holdfast.yaml:18:15',
    ]);
  });

  it('refuses a secret given as a value and does not repeat it', () => {
    const found = change('connection: env:ORDERS', 'connection: postgres://me:hunter2@db/orders');
    expect(found).toEqual([
      'holdfast.yaml:7:17 sources.orders.connection: found a plain value (not shown); expected a reference: env:NAME, file:/path, ssm:/path or secretsmanager:id#field',
    ]);
  });

  it('refuses the URL of a drill server given as a value and does not repeat it', () => {
    const drill = 'connection: env:ORDERS\n    drill: { server: "postgres://me:hunter2@db/x" }';
    const [problem] = change('connection: env:ORDERS', drill);
    expect(problem).toContain('sources.orders.drill.server: found a plain value (not shown)');
    expect(problem).not.toContain('hunter2');
  });

  it('does not quote a line that is not YAML', () => {
    const found = change('connection: env:ORDERS', 'connection: "postgres://me:hunter2@db');
    expect(found.join('\n')).toContain('not valid YAML');
    expect(found.join('\n')).not.toContain('hunter2');
  });

  it.each([
    [
      '',
      'holdfast.yaml:1:1 the file is empty; expected `vault:` and `sources:`; `holdfast init` writes one',
    ],
    [
      '# only a comment\n',
      'holdfast.yaml:1:1 the file is empty; expected `vault:` and `sources:`; `holdfast init` writes one',
    ],
    ['- a\n- b\n', 'holdfast.yaml:1:1 not a mapping; expected the keys `vault:` and `sources:`'],
    ['just text', 'holdfast.yaml:1:1 not a mapping; expected the keys `vault:` and `sources:`'],
  ])('says what %j lacks', (text, expected) => {
    expect(problems(text)).toEqual([expected]);
  });

  it('follows anchors, aliases and merge keys', () => {
    const text = good
      .replace('daily: { schedule', 'daily: &p { schedule')
      .replace('daily: { keep: { daily: 7 } }', 'daily: { <<: *p, method: incremental }');
    const config = parseConfig(text, options);
    expect(config.sources['uploads']?.policies['daily']).toMatchObject({
      method: 'incremental',
      keep: { daily: 7 },
    });
  });
});

describe('stages', () => {
  it('lays a stage over the rest, null taking a key away', () => {
    const config = parseConfig(good, { ...options, stage: 'prod' });
    expect(config.vault.primary.url).toBe('s3://bucket');
    expect(Object.keys(config.sources)).toEqual(['orders']);
  });

  it('points into the stage for what the stage says', () => {
    expect(problems(good.replace('"s3://bucket"', '"ftp://bucket"'), 'prod')).toEqual([
      'holdfast.yaml:23:30 vault.primary.url: found "ftp://bucket"; expected file:///path or s3://bucket/prefix',
    ]);
  });

  it.each([
    ['prod: {}', 'stages: 5', 'holdfast.yaml:21:9 stages: expected a mapping: `prod: {…}`'],
    ['', 'stages: {}', 'holdfast.yaml:21:1 stages: no stage "prod"; there are none'],
    ['', '', 'holdfast.yaml:1:1 stages: no stage "prod"; there are none'],
  ])('does without a stage where the file has none: %s%s', (_title, stages, expected) => {
    expect(problems(`${good.slice(0, good.indexOf('stages:'))}${stages}\n`, 'prod')).toEqual([
      expected,
    ]);
  });

  it('takes an empty stage for one that changes nothing', () => {
    const text = `${good.slice(0, good.indexOf('stages:'))}stages: { prod: }\n`;
    expect(parseConfig(text, { ...options, stage: 'prod' })).toEqual(parseConfig(text, options));
  });

  it('names the stages there are', () => {
    expect(problems(good, 'prd')).toEqual([
      'holdfast.yaml:21:1 stages: no stage "prd"; allowed: prod; did you mean "prod"?',
    ]);
  });
});

describe('warnings', () => {
  it('says that events do not arrive on one machine and that nothing is removed without keep', () => {
    const text = good.replace(
      'daily: { keep: { daily: 7 } }',
      'deploy: { on: [{ source: [acme.ci] }] }',
    );
    const { warnings } = readConfig(text, options);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/^holdfast.yaml:15:17 sources.uploads.policies.deploy.on: events/);
    expect(warnings[1]).toMatch(/^holdfast.yaml:15:7 sources.uploads.policies.deploy: no `keep`/);
  });
});

describe('a deployment', () => {
  it('is there where the file or its stage says so', () => {
    const unstaged = good.slice(0, good.indexOf('stages:'));
    const staged = `${unstaged}stages: { prod: { deploy: {} }, dev: {} }\n`;
    const isDeployed = (text: string, stage?: string) =>
      readConfig(text, { ...options, stage }).hasDeployment;
    expect(isDeployed(good)).toBe(false);
    expect(isDeployed(`${good}deploy: {}\n`)).toBe(true);
    expect(isDeployed(staged, 'prod')).toBe(true);
    expect(isDeployed(staged, 'dev')).toBe(false);
    expect(isDeployed(`${unstaged}deploy: {}\n`, 'prod')).toBe(true);
  });
});

describe('configJsonSchema', () => {
  it('describes every engine and channel', () => {
    const text = JSON.stringify(configJsonSchema(parts));
    expect(text).toContain('"const":"files"');
    expect(text).toContain('"slack"');
  });
});
