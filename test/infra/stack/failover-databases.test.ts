import { describe, expect, it } from 'vitest';
import { failoverRoles } from '../../../infra/stack/failover-roles.ts';
import { permissionsOf, wildcardsOf } from '../../../infra/stack/permissions.ts';
import { stageOf } from './stage-of.ts';

const node = (name: string, region: string) =>
  `{ connection: secretsmanager:${name}#url, control: { rds: { instance: ${name}, region: ${region}, isolation: sg-0123456789abcdef0 } } }`;
const text = `sources: {}
clusters:
  orders:
    engine: rds-postgres
    nodes:
      a: ${node('orders-a', 'eu-west-1')}
      b: ${node('orders-b', 'eu-central-1')}
    application: ssm:/orders/app
alerts:
  channels: { oncall: { slack: ssm:/slack } }
`;
const all = permissionsOf({ Resources: failoverRoles(stageOf(text)) });
const of = (step: string) => all.filter(({ role }) => role === `holdfast-prod-failover-${step}`);
const bare = (arn: string) =>
  arn.replaceAll(/\$\{AWS::(\w+)\}/g, '$1').replace('arn:Partition:', '');

/** Who may give the order to an instance that exists. */
const holders = (action: string) =>
  all
    .filter(({ actions, sid }) => actions.includes(action) && sid !== 'OrderNobody')
    .map(({ role }) => role.replace('holdfast-prod-failover-', ''))
    .toSorted();

describe('the roles of a failover of RDS', () => {
  it('give each order in the step alone that needs it', () => {
    expect(holders('rds:PromoteReadReplica')).toEqual(['promote']);
    expect(holders('rds:RebootDBInstance')).toEqual(['fence']);
    expect([...new Set(holders('rds:CreateDBInstanceReadReplica'))]).toEqual(['rebuild']);
    expect([...new Set(holders('rds:ModifyDBInstance'))]).toEqual([
      'fence',
      'rebuild',
      'roll-back',
    ]);
    expect(JSON.stringify(all)).not.toMatch(/rds:(Delete|Stop)|rds:\*/);
  });

  it('name the instances of the cluster, each in its Region', () => {
    const [order] = of('promote').filter(({ sid }) => sid === 'OrderDatabases');
    expect(order?.resources.map(bare)).toEqual([
      'rds:eu-west-1:AccountId:db:orders-a',
      'rds:eu-central-1:AccountId:db:orders-b',
    ]);
    expect(order?.actions).toEqual([
      'rds:AddTagsToResource',
      'rds:PromoteReadReplica',
      'rds:RemoveTagsFromResource',
    ]);
  });

  it('prove before a run, on instances that never exist, every order that a run gives', () => {
    for (const step of ['preflight', 'look', 'check']) {
      const [proof] = of(step).filter(({ sid }) => sid === 'OrderNobody');
      expect(proof?.actions).toEqual([
        'rds:AddTagsToResource',
        'rds:CreateDBInstanceReadReplica',
        'rds:ModifyDBInstance',
        'rds:PromoteReadReplica',
        'rds:RebootDBInstance',
        'rds:RemoveTagsFromResource',
      ]);
      expect(proof?.resources.map(bare)).toEqual([
        'rds:eu-west-1:AccountId:db:holdfast-probe-*',
        'rds:eu-central-1:AccountId:db:holdfast-probe-*',
      ]);
    }
  });

  it('have no wildcard without a reason', () => {
    const found = all.flatMap(wildcardsOf);
    expect(found.filter(({ reason }) => reason === undefined)).toEqual([]);
  });
});
