import { describe, expect, it } from 'vitest';
import {
  activateSchema,
  freezeSchema,
  scaledBy,
  workloadName,
  workloadsOf,
} from '../../../src/core/config/around.ts';

const web = { cluster: 'shop', service: 'web' };
const deployment = { namespace: 'shop', deployment: 'web' };

describe('what a step scales', () => {
  it.each([
    [freezeSchema.parse({ ecs: web }), 'ecs shop/web', 0, undefined],
    [freezeSchema.parse({ kubernetes: deployment }), 'kubernetes shop/web', 0, undefined],
    [
      activateSchema.parse({ ecs: { ...web, region: 'eu-west-1', node: 'b' } }),
      'ecs shop/web (eu-west-1)',
      undefined,
      '5m',
    ],
    [
      activateSchema.parse({
        kubernetes: { ...deployment, context: 'west', replicas: 4, within: '30s' },
      }),
      'kubernetes shop/web (west)',
      4,
      '30s',
    ],
  ])('of %j is %s', (step, name, count, within) => {
    const scaled = scaledBy(step);
    expect(scaled).toMatchObject({ count, within });
    expect(scaled && workloadName(scaled.workload)).toBe(name);
  });

  it('is nothing where a step tells or runs something', () => {
    expect(scaledBy(freezeSchema.parse({ source: 'orders' }))).toBeUndefined();
    expect(scaledBy(activateSchema.parse({ command: ['tell'] }))).toBeUndefined();
    const cache = activateSchema.parse({ cloudfront: { distribution: 'E1A2B3C4' } });
    expect(cache).toEqual({ cloudfront: { distribution: 'E1A2B3C4', paths: ['/*'] } });
    expect(scaledBy(cache)).toBeUndefined();
  });

  it('is listed once, however many steps scale it', () => {
    const freeze = [freezeSchema.parse({ ecs: web }), freezeSchema.parse({ source: 'orders' })];
    const activate = [
      activateSchema.parse({ ecs: { ...web, count: 3 } }),
      activateSchema.parse({ kubernetes: deployment }),
    ];
    expect(workloadsOf({ freeze, activate }).map(workloadName)).toEqual([
      'ecs shop/web',
      'kubernetes shop/web',
    ]);
  });

  it.each([
    { kubernetes: { ...deployment, context: '--as=root' } },
    { kubernetes: { ...deployment, namespace: '-n' } },
    { ecs: { ...web, service: 'a/b' } },
    { ecs: { ...web, count: -1 } },
  ])('is no %j', (step) => {
    expect(freezeSchema.safeParse(step).success).toBe(false);
  });
});
