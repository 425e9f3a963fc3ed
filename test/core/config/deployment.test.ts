import { describe, expect, it } from 'vitest';
import { checkDeployment } from '../../../src/core/config/check-deployment.ts';
import {
  deploymentSchema,
  sourceDeploymentSchema,
  taskSizeOf,
  taskSizes,
} from '../../../src/core/config/deployment.ts';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { good, options, problems } from './example.ts';

const withDeploy = (deploy: string) => `${good}\ndeploy: ${deploy}\n`;

describe('deploy', () => {
  it('has defaults that Fargate offers', () => {
    const { deploy } = parseConfig(good, options);
    expect(deploy.tasks).toEqual({
      cpu: 1024,
      memoryMiB: 2048,
      architecture: 'arm64',
      spot: false,
    });
    expect(deploy.network).toEqual({ endpoints: false });
    expect(deploy.vault).toBe('stack');
    expect(taskSizes[deploy.tasks.cpu]).toContain(deploy.tasks.memoryMiB);
  });

  it.each([
    ['{ tasks: { cpu: 1000 } }', 'expected CPU units that Fargate has: 256, 512'],
    [
      '{ tasks: { cpu: 256, memoryMiB: 4096 } }',
      'deploy.tasks: 4096 MiB with 256 CPU units; allowed with these: 512 to 2048, such as 2048',
    ],
    [
      '{ tasks: { cpu: 1024, memoryMiB: 3000 } }',
      'deploy.tasks: 3000 MiB with 1024 CPU units; allowed with these: 2048 to 8192, such as 3072',
    ],
    ['{ network: { subnets: [subnet-1] } }', 'expected two subnets, in different availability'],
    ['{ network: { subnets: [a, b] } }', 'expected subnet-'],
    [
      '{ network: { subnets: [subnet-1, subnet-2] } }',
      'deploy.network: `subnets` need `securityGroups`, and none is given',
    ],
    [
      '{ network: { securityGroups: [sg-1] } }',
      'deploy.network.securityGroups: only with `subnets` of your own',
    ],
    [
      '{ network: { subnets: [subnet-1, subnet-2], securityGroups: [sg-1], endpoints: true } }',
      'deploy.network.endpoints: only in a network that the stack makes',
    ],
  ])('says of %s what is allowed', (deploy, expected) => {
    expect(problems(withDeploy(deploy)).join('\n')).toContain(expected);
  });

  it('accepts subnets with a security group', () => {
    const network = '{ subnets: [subnet-1, subnet-2], securityGroups: [sg-1], publicIp: true }';
    const { deploy } = parseConfig(withDeploy(`{ network: ${network} }`), options);
    expect(deploy.network.subnets).toEqual(['subnet-1', 'subnet-2']);
  });

  it('checks the size of a source together with what it leaves to the whole', () => {
    const text = good.replace('path: /srv', 'path: /srv\n    deploy: { cpu: 4096 }');
    expect(problems(text).join('\n')).toContain(
      'sources.uploads.deploy: 2048 MiB with 4096 CPU units; allowed with these: 8192 to 30720',
    );
  });
});

it('leaves CPU units that Fargate does not have to the schema, which refuses them', () => {
  const config = parseConfig(good, options);
  const tasks = { ...config.deploy.tasks, cpu: 1000 };
  expect(checkDeployment({ ...config, deploy: { ...config.deploy, tasks } })).toEqual([]);
});

describe('taskSizeOf', () => {
  const all = deploymentSchema.parse({ tasks: { spot: true } });

  it('is that of all where a source says nothing', () => {
    expect(taskSizeOf(undefined, all)).toEqual({ cpu: 1024, memoryMiB: 2048, spot: true });
  });

  it("is the source's own where it says so", () => {
    const own = sourceDeploymentSchema.parse({ cpu: 2048, memoryMiB: 4096, spot: false });
    expect(taskSizeOf(own, all)).toEqual({ cpu: 2048, memoryMiB: 4096, spot: false });
  });
});

describe('kms', () => {
  it('is an ARN, or the key of the stack', () => {
    const vault = (kms: string) =>
      good.replace(/encryption: .*/, `encryption: { recipients: [{ kms: ${kms} }] }`);
    expect(parseConfig(vault('stack'), options).vault.encryption.recipients).toEqual([
      { kms: 'stack' },
    ]);
    expect(problems(vault('mine')).join('\n')).toContain('stack: the key that the stack makes');
  });
});
