import { describe, expect, it } from 'vitest';
import { deploymentSchema } from '../../src/core/config/deployment.ts';
import type { Config } from '../../src/core/config/schema.ts';
import { taskSettings } from '../../src/wiring/task-settings.ts';

const deploy = deploymentSchema.parse({ tasks: { spot: true } });
const source = { engine: 'files', path: '/srv', after: [], policies: {} };
const efs = { fileSystem: 'fs-0a1b2c3d', accessPoint: 'fsap-0a1b2c3d' };
const sources = {
  uploads: source,
  shared: { ...source, deploy: { efs } },
  payroll: { ...source, deploy: { isolation: 'payroll', cpu: 4096, memoryMiB: 8192 } },
} as unknown as Config['sources'];
const roles = 'arn:aws:iam::111122223333:role/holdfast-prod-';
const settings = (name: string, more: object = {}) =>
  taskSettings({ sources, deploy }, { source: name, verb: 'dump', retried: true, roles, ...more });

describe('taskSettings', () => {
  it('names the role of the group that shares it, and the size of all', () => {
    expect(settings('uploads')).toEqual({
      roleArn: `${roles}dump-shared`,
      cpu: '1024',
      memory: '2048',
      spot: true,
    });
  });

  it("names the group's own role, and the source's own size", () => {
    const { roleArn, cpu, memory } = settings('payroll', { verb: 'drill' });
    expect([roleArn, cpu, memory]).toEqual([`${roles}drill-payroll`, '4096', '8192']);
  });

  it('takes spare capacity only where another attempt follows', () => {
    expect(settings('uploads', { retried: false }).spot).toBe(false);
  });

  it('names what the tasks of dumps and restores mount, and those of drills do not', () => {
    const key = 'fsap-0a1b2c3d:/srv';
    expect(settings('shared').mount).toBe(key);
    expect(settings('shared', { verb: 'restore' }).mount).toBe(key);
    expect(settings('shared', { verb: 'drill' })).not.toHaveProperty('mount');
    expect(settings('shared', { roles: undefined })).not.toHaveProperty('mount');
  });

  it('has harmless values on one machine', () => {
    expect(settings('uploads', { roles: undefined }).roleArn).toBe('local');
  });
});
