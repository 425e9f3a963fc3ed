import { expect, it } from 'vitest';
import { follows, isIsolated, rdsOf, read, regionOf } from '../../../src/engines/rds/instance.ts';

const arn = (region: string, id: string) => `arn:aws:rds:${region}:123456789012:db:${id}`;
const instance = (region: string, id: string, source?: string) =>
  read({
    DBInstanceIdentifier: id,
    DBInstanceArn: arn(region, id),
    ...(source === undefined ? {} : { ReadReplicaSourceDBInstanceIdentifier: source }),
  });
const member = (VpcSecurityGroupId: string, Status: string) => ({ VpcSecurityGroupId, Status });
const node = {
  name: 'a',
  url: 'postgres://a',
  control: undefined,
  managed: {
    rds: {
      ...{ instance: 'orders-a', region: 'eu-west-1', isolation: 'sg-1' },
      ...{ promoteWithin: '14m', rebuildWithin: '14m' },
    },
  },
};

it('knows a source by its identifier within a Region, and by its ARN across two', () => {
  const source = instance('eu-west-1', 'orders-a');
  expect(follows(instance('eu-west-1', 'orders-b', 'orders-a'), source)).toBe(true);
  expect(follows(instance('eu-central-1', 'orders-b', arn('eu-west-1', 'orders-a')), source)).toBe(
    true,
  );
  expect(follows(instance('eu-central-1', 'orders-b', 'orders-a'), source)).toBe(false);
  expect(follows(instance('eu-west-1', 'orders-b'), source)).toBe(false);
  expect(regionOf(source.arn)).toBe('eu-west-1');
});

it('counts a group that is going as gone, and as not settled', () => {
  const moving = read({
    VpcSecurityGroups: [member('sg-1', 'adding'), member('sg-2', 'removing')],
  });
  expect(moving).toMatchObject({ groups: ['sg-1'], groupsSettled: false });
  expect(isIsolated(node, moving)).toBe(true);
  const both = read({ VpcSecurityGroups: [member('sg-1', 'active'), member('sg-2', 'active')] });
  expect(both.groupsSettled).toBe(true);
  expect(isIsolated(node, both)).toBe(false);
});

it('takes what RDS does not say for unknown, and never for good', () => {
  expect(read({})).toMatchObject({ status: 'unknown', source: null, replication: null });
  const told = read({
    StatusInfos: [{ StatusType: 'read replication', Status: 'replicating' }],
    TagList: [{ Key: 'holdfast:fenced-at', Value: '0/3000148' }, {}],
  });
  expect(told.replication).toEqual({ normal: false, status: 'replicating' });
  expect(told.tags.get('holdfast:fenced-at')).toBe('0/3000148');
});

it('has no place without `control.rds`', () => {
  expect(rdsOf(node)).toMatchObject({ instance: 'orders-a' });
  expect(() => rdsOf({ ...node, managed: undefined })).toThrow('a has no control.rds');
});
