import { describe, expect, it } from 'vitest';
import {
  changeText,
  type GlobalDatabase,
  memberOf,
} from '../../../src/engines/aurora/global-database.ts';
import { auroraNode, type SeenMember, urlsOf } from '../../../src/engines/aurora/member.ts';
import { stateOf } from '../../../src/engines/aurora/observe.ts';
import { memberFindings } from '../../../src/engines/aurora/preflight.ts';
import { distance, isFresh, type RegionStatus } from '../../../src/engines/aurora/status.ts';

const arn = (region: string, name: string) => `arn:aws:rds:${region}:111122223333:cluster:${name}`;
const member = (region: string, name: string, more: object = {}) => ({
  ...{ arn: arn(region, name), isWriter: false, synchronization: 'connected' },
  ...{ writeForwarding: 'disabled', ...more },
});
const east = member('us-east-1', 'orders-east', { isWriter: true });
const west = member('us-west-2', 'orders-west');
const database = (more: Partial<GlobalDatabase> = {}): GlobalDatabase => ({
  ...{ identifier: 'orders', status: 'available', members: [east, west], change: undefined },
  ...more,
});
const node = (name: string, region: string, cluster: string, globalCluster = 'orders') =>
  auroraNode({
    ...{ name, url: `postgres://admin@${cluster}.example:5432/shop`, control: undefined },
    managed: { aurora: { cluster, globalCluster, region, promoteWithin: '1m' } },
  });
const a = node('a', 'us-east-1', 'orders-east');
const b = node('b', 'us-west-2', 'orders-west');
const seen = (global: GlobalDatabase, place = b): SeenMember => ({
  ...{ global, member: memberOf(global, place.aurora) },
  readerUrl: 'postgres://admin@reader.example:5432/shop',
});
const status = (more: Partial<RegionStatus> = {}): RegionStatus => ({
  ...{ region: 'us-west-2', lsn: '93763984222', lagMilliseconds: 40 },
  ...{ calculatedAt: 1_700_000_000_000, ageMilliseconds: 500, ...more },
});
const replica = (regions: RegionStatus[]) => ({
  ...{ replica: true, version: '15.10', sessions: 0, regions },
});

describe('a member of a global database', () => {
  it('is found by its Region and its name, in whatever case it is written', () => {
    expect(memberOf(database(), { region: 'us-west-2', cluster: 'Orders-West' })).toBe(west);
    expect(memberOf(database(), { region: 'us-east-1', cluster: 'orders-west' })).toBeUndefined();
    expect(() => auroraNode({ name: 'c', url: '', control: undefined })).toThrow('which Aurora');
  });

  it('is asked at the endpoint of its readers too while its own is inactive', () => {
    expect(urlsOf(b, seen(database()))).toEqual([b.url, expect.stringContaining('reader')]);
    expect(urlsOf(a, seen(database(), a))).toEqual([a.url]);
    expect(urlsOf(b, 'the API does not answer')).toEqual([b.url]);
  });

  it('is no candidate where the API does not count it, or waits to synchronize it', () => {
    const foreign = stateOf(b, seen(database({ members: [east] })), replica([status()]));
    expect(foreign.identity).toBe('no member of orders');
    const waits = member('us-west-2', 'orders-west', { synchronization: 'pending-resync' });
    const late = stateOf(b, seen(database({ members: [east, waits] })), replica([status()]));
    expect(late).toMatchObject({ identity: 'orders', streaming: false });
  });

  it('is managed by Aurora while Aurora is at a change', () => {
    const change = { status: 'switching-over', from: east.arn, to: west.arn, losesData: false };
    expect(stateOf(b, seen(database({ change })), replica([status()])).managedBy).toBe(
      'Aurora itself (switching-over to us-west-2 orders-west)',
    );
    expect(changeText({ ...change, to: undefined })).toBe('switching-over');
  });
});

describe('the lag of a Region', () => {
  it.each([
    ['small and just worked out', status(), true],
    ['not known', status({ lagMilliseconds: null }), false],
    ['the primary’s own', status({ lagMilliseconds: -1 }), false],
    ['worked out long ago', status({ ageMilliseconds: 40_000 }), false],
    ['large', status({ lagMilliseconds: 35_000 }), false],
    ['of nobody', undefined, false],
  ])('that is %s', (_, given, fresh) => {
    expect(isFresh(given)).toBe(fresh);
  });

  it('tells when the secondary had everything, not when that was asked', () => {
    const { heardAt } = stateOf(b, seen(database()), replica([status({ lagMilliseconds: 1000 })]));
    expect(heardAt).toBe(new Date(1_699_999_999_000).toISOString());
  });

  it('compares positions beyond what a double can hold, and nothing that is no position', () => {
    expect(distance('9007199254740993', '9007199254740992')).toBe(-1);
    expect(distance('', '1')).toBeNull();
  });
});

describe('what stands against a switchover', () => {
  it('is nothing in a healthy global database', () => {
    expect(memberFindings(a, b, seen(database()))).toEqual([]);
  });

  it('is write forwarding, another global database, a state that is not available', () => {
    const forwards = member('us-west-2', 'orders-west', { writeForwarding: 'enabled' });
    const other = node('a', 'us-east-1', 'orders-east', 'stock');
    const global = database({ members: [east, forwards], status: 'upgrading' });
    expect(memberFindings(other, b, seen(global))).toEqual([
      'a and b are of different global databases',
      'orders is upgrading',
      expect.stringContaining('forwards writes'),
    ]);
  });
});
