import { describe, expect, it } from 'vitest';
import { failoverOf } from '../../../infra/stack/failover.ts';
import { failoverRoles } from '../../../infra/stack/failover-roles.ts';
import { permissionsOf, wildcardsOf } from '../../../infra/stack/permissions.ts';
import { failoverFunctions } from '../../../src/core/contracts/machines.ts';
import { stageOf } from './stage-of.ts';

const text = `sources:
  orders:
    engine: postgres
    connection: secretsmanager:backup-of-orders#url
    policies: { daily: { keep: { daily: 7 } } }
clusters:
  orders:
    engine: postgres
    nodes:
      a: { connection: secretsmanager:orders-a#url, control: { ssm: { instance: i-0a0a0a0a, stop: [s], start: [s] } } }
      b: { connection: secretsmanager:orders-b#url, control: { ssm: { instance: mi-0b0b0b0b, region: eu-west-1, stop: [s], start: [s] } } }
    application: ssm:/orders/app
    dns: [{ provider: route53, zoneId: Z1, zone: acme.test, name: db, values: { a: 10.0.0.1, b: 10.0.0.2 } }]
alerts:
  channels: { oncall: { slack: ssm:/slack } }
`;
const stage = stageOf(text);
const all = permissionsOf({ Resources: failoverRoles(stage) });
/** Without links, nothing serves them. */
const steps = failoverFunctions.filter((name) => name !== 'approval-link');
const of = (step: string) => all.filter(({ role }) => role === `holdfast-prod-failover-${step}`);
const holders = (action: string) =>
  all
    .filter(({ actions }) => actions.includes(action))
    .map(({ role }) => role.replace('holdfast-prod-failover-', ''))
    .toSorted();
const bare = (arn: string) =>
  arn.replaceAll(/\$\{AWS::(\w+)\}/g, '$1').replace('arn:Partition:', '');

describe('the machine of failovers', () => {
  it('is in no stack without a cluster', async () => {
    const parts = await failoverOf(stageOf(text.slice(0, text.indexOf('clusters:'))));
    expect(Object.values(parts)).toEqual([{}, {}, {}, {}, {}]);
  });

  it('has a function for each step, no slower than the state that calls it', async () => {
    const { functions } = await failoverOf(stage);
    expect(Object.keys(functions)).toHaveLength(steps.length);
    expect(functions['failoverCutOver']).toMatchObject({
      handler: 'functions/failover.cutOver',
      role: 'FailoverCutOverFunctionRole',
      timeout: 120,
    });
    expect(functions['failoverRebuild']).toMatchObject({ timeout: 900 });
    const handlers = await import('../../../functions/failover.ts');
    for (const { handler } of Object.values(functions)) {
      expect(handlers).toHaveProperty(String(handler.split('.')[1]));
    }
  });
});

describe('the roles of a failover', () => {
  it('change names in one step alone: those records, by exact replacement', () => {
    expect(holders('route53:ChangeResourceRecordSets')).toEqual(['cut-over']);
    const [change] = of('cut-over').filter(({ sid }) => sid === 'ChangeNames');
    expect(change?.resources.map(bare)).toEqual(['route53:::hostedzone/Z1']);
    expect(change?.conditions).toEqual([
      'route53:ChangeResourceRecordSetsNormalizedRecordNames only db.acme.test, _holdfast.db.acme.test',
      'route53:ChangeResourceRecordSetsRecordTypes only A, TXT',
      'route53:ChangeResourceRecordSetsActions only CREATE, DELETE',
    ]);
  });

  it('run one document on the nodes alone, and only where a step needs it', () => {
    expect(holders('ssm:SendCommand')).toEqual([
      'check',
      'fence',
      'look',
      'preflight',
      'rebuild',
      'roll-back',
    ]);
    const [run] = of('fence').filter(({ sid }) => sid === 'RunCommands');
    expect(run?.resources.map(bare)).toEqual([
      'ssm:Region::document/AWS-RunShellScript',
      'ssm:eu-west-1::document/AWS-RunShellScript',
      'ec2:Region:AccountId:instance/i-0a0a0a0a',
      'ssm:eu-west-1:AccountId:managed-instance/mi-0b0b0b0b',
    ]);
  });

  it('write claims and their own records, delete nothing, and see no backup', () => {
    for (const step of steps) {
      const own = of(step);
      const text = JSON.stringify(own);
      expect(text).not.toMatch(/Delete|kms:|\/sets\/|\/data\/|backup-of-orders/);
      const written = own
        .filter(({ actions }) => actions.includes('s3:PutObject'))
        .flatMap(({ resources }) => resources.map((one) => one.split(':::')[1]));
      const records = 'acme/backups/state/failover/orders/*';
      const claims = 'acme-leases/leases/failover-orders/*';
      if (['look', 'find-approval'].includes(step)) expect(written).toEqual([]);
      else if (['check', 'watch'].includes(step)) expect(written.join()).not.toMatch(/failover/);
      else expect(written).toEqual(expect.arrayContaining([records, claims]));
    }
  });

  it('tell people, and make the report, where a step does so', () => {
    const tellers = all
      .filter(({ resources }) => resources.join().includes('parameter/slack'))
      .map(({ role }) => role.replace('holdfast-prod-failover-', ''));
    expect(tellers.toSorted()).toEqual(['ask-approval', 'check', 'lease', 'report', 'watch']);
    const reporters = all.filter(
      ({ sid, resources }) => sid === 'Create' && resources.join().includes('/reports/orders/'),
    );
    expect(reporters.map(({ role }) => role)).toEqual(['holdfast-prod-failover-report']);
  });

  it('of who answers a question know no secret, and answer that machine alone', () => {
    expect(JSON.stringify(of('find-approval'))).not.toMatch(/secretsmanager|ssm:/);
    const machine = permissionsOf({ Resources: failoverRoles(stage) }).filter(
      ({ role }) => role === 'holdfast-prod-approve-machine',
    );
    const [answer] = machine.filter(({ sid }) => sid === 'AnswerQuestion');
    expect(answer?.resources.map(bare)).toEqual([
      'states:Region:AccountId:stateMachine:holdfast-prod-failover',
    ]);
    const [invoke] = machine.filter(({ sid }) => sid === 'InvokeFunctions');
    expect(invoke?.resources).toHaveLength(1);
  });

  it('scale the services of a step in that step, and look at all of them before', () => {
    const scaling = stageOf(
      text.replace(
        '    application:',
        `    freeze: [{ ecs: { cluster: shop, service: web, region: us-east-1 } }]
    activate: [{ ecs: { cluster: shop, service: west, count: 2 } }]
    application:`,
      ),
    );
    const given = permissionsOf({ Resources: failoverRoles(scaling) })
      .filter(({ actions }) => actions.includes('ecs:DescribeServices'))
      .map(({ role, actions, resources }) => ({
        step: role.replace('holdfast-prod-failover-', ''),
        scales: actions.includes('ecs:UpdateService'),
        of: resources.map(bare).map((one) => one.replace('AccountId:service/shop/', '')),
      }));
    const [web, west] = ['ecs:us-east-1:web', 'ecs:Region:west'];
    expect(given.toSorted((a, b) => a.step.localeCompare(b.step))).toEqual([
      { step: 'activate', scales: true, of: [west] },
      { step: 'check', scales: false, of: [web, west] },
      { step: 'freeze', scales: true, of: [web] },
      { step: 'look', scales: false, of: [web, west] },
      { step: 'preflight', scales: false, of: [web, west] },
      { step: 'roll-back', scales: true, of: [web] },
    ]);
    expect(JSON.stringify(all)).not.toContain('ecs:');
  });

  it('invalidate what those distributions keep, and only when services are woken', () => {
    const cached = stageOf(
      text.replace(
        '    application:',
        '    activate: [{ cloudfront: { distribution: E1A2B3C4D5 } }]\n    application:',
      ),
    );
    const given = permissionsOf({ Resources: failoverRoles(cached) }).filter(({ actions }) =>
      actions.join().includes('cloudfront:'),
    );
    expect(
      given.map(({ role, actions, resources }) => [role, actions, resources.map(bare)]),
    ).toEqual([
      [
        'holdfast-prod-failover-activate',
        ['cloudfront:CreateInvalidation'],
        ['cloudfront::AccountId:distribution/E1A2B3C4D5'],
      ],
    ]);
  });

  it('have no wildcard without a reason', () => {
    const found = all.flatMap(wildcardsOf);
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(({ reason }) => reason === undefined)).toEqual([]);
  });
});

describe('the roles of a failover of Aurora', () => {
  const place = (cluster: string, region: string) =>
    `control: { aurora: { cluster: ${cluster}, globalCluster: orders, region: ${region} } }`;
  const aurora = text
    .replace('engine: postgres\n    nodes', 'engine: aurora-postgres\n    nodes')
    .replace(/control: .*i-0a0a0a0a.* \}/, `${place('orders-east', 'us-east-1')} }`)
    .replace(/control: .*mi-0b0b0b0b.* \}/, `${place('orders-west', 'us-west-2')} }`);
  const given = permissionsOf({ Resources: failoverRoles(stageOf(aurora)) });
  const promoting = given.filter(({ actions }) => actions.includes('rds:FailoverGlobalCluster'));
  const on = (step: string) =>
    promoting.find(({ role }) => role === `holdfast-prod-failover-${step}`)?.resources.map(bare);

  it('promote in one step alone, those clusters of that global database', () => {
    expect(on('promote')).toEqual([
      'rds::AccountId:global-cluster:orders',
      'rds:us-east-1:AccountId:cluster:orders-east',
      'rds:us-west-2:AccountId:cluster:orders-west',
    ]);
  });

  it('ask whether it might be, where a step looks, of a cluster that does not exist', () => {
    const askers = promoting.map(({ role }) => role.replace('holdfast-prod-failover-', ''));
    expect(askers.toSorted()).toEqual(['check', 'look', 'preflight', 'promote']);
    expect(on('preflight')).toEqual([
      'rds::AccountId:global-cluster:orders',
      'rds:us-east-1:AccountId:cluster:holdfast-permission-probe',
      'rds:us-west-2:AccountId:cluster:holdfast-permission-probe',
    ]);
  });

  it('change nothing else, and have no wildcard without a reason', () => {
    const asked = given.flatMap(({ actions }) => actions.filter((each) => each.startsWith('rds:')));
    expect(new Set(asked.filter((each) => !each.startsWith('rds:Describe')))).toEqual(
      new Set(['rds:SwitchoverGlobalCluster', 'rds:FailoverGlobalCluster']),
    );
    expect(given.flatMap(wildcardsOf).filter(({ reason }) => reason === undefined)).toEqual([]);
    expect(JSON.stringify(given)).not.toContain('ssm:SendCommand');
  });
});

describe('the schedules of clusters', () => {
  it('call two functions, and nothing else may', async () => {
    const { resources, functions } = await failoverOf(stage);
    const schedules = Object.values(resources).filter(({ Type }) => Type.endsWith('Schedule'));
    expect(schedules.map(({ Properties }) => Properties)).toMatchObject([
      {
        ScheduleExpression: 'rate(15 minutes)',
        Target: { Input: '{"input":{"cluster":"orders"}}' },
      },
      { ScheduleExpression: 'rate(1 minute)', Target: { Input: '{"input":{"cluster":"orders"}}' } },
    ]);
    const invoke = of('scheduler').filter(({ sid }) => sid === 'InvokeFunctions');
    expect(invoke.map((one) => one.resources.length)).toEqual([2]);
    expect(functions['failoverWatch']?.timeout).toBe(165);
    expect(functions['failoverCheck']?.timeout).toBe(60);
  });

  it('begin a failover by the one that watches alone', () => {
    const [start] = of('watch').filter(({ sid }) => sid === 'StartFailover');
    expect(start?.resources.map(bare)).toEqual([
      'states:Region:AccountId:stateMachine:holdfast-prod-failover',
    ]);
    expect(all.filter(({ sid }) => sid === 'StartFailover')).toHaveLength(1);
  });
});

describe('links that approve', () => {
  const linked = stageOf(
    text.replace(
      'application: ssm:/orders/app',
      'application: ssm:/orders/app\n    approval: { link: secretsmanager:approvals#key }',
    ),
  );

  it('are served by a function of their own, which knows their key and starts one machine', async () => {
    const { functions, resources } = await failoverOf(linked);
    expect(functions['failoverAskApproval']?.environment).toHaveProperty('HOLDFAST_APPROVAL_URL');
    expect(functions['failoverApprovalLink']?.environment).not.toHaveProperty(
      'HOLDFAST_APPROVAL_URL',
    );
    expect(resources['ApprovalUrl']?.Properties).toMatchObject({ AuthType: 'NONE' });
    const roles = permissionsOf({ Resources: failoverRoles(linked) });
    const own = roles.filter(({ role }) => role === 'holdfast-prod-failover-approval-link');
    const secrets = own
      .filter(({ sid }) => sid === 'ReadSecrets')
      .flatMap(({ resources }) => resources);
    expect(secrets.map(bare)).toEqual(['secretsmanager:Region:AccountId:secret:approvals-??????']);
    const [start] = own.filter(({ sid }) => sid === 'StartApproval');
    expect(start?.resources.map(bare)).toEqual([
      'states:Region:AccountId:stateMachine:holdfast-prod-approve',
    ]);
    const knowing = roles.filter(({ resources }) => resources.join().includes('secret:approvals'));
    expect(knowing.map(({ role }) => role)).toEqual([
      'holdfast-prod-failover-approval-link',
      'holdfast-prod-failover-ask-approval',
    ]);
    expect(roles.flatMap(wildcardsOf).filter(({ reason }) => reason === undefined)).toEqual([]);
  });

  it('are none by default', async () => {
    const { functions, resources } = await failoverOf(stage);
    expect(functions).not.toHaveProperty('failoverApprovalLink');
    expect(resources).not.toHaveProperty('ApprovalUrl');
  });
});
