import { beforeAll, describe, expect, it } from 'vitest';
import type { Resources } from '../../../infra/stack/resource.ts';
import { type StackValues, stackValues } from '../../../infra/stack/values.ts';
import { stageOf } from './stage-of.ts';

const source = (path: string, accessPoint: string) => `
    engine: files
    path: ${path}
    policies: { daily: {} }
    deploy: { efs: { fileSystem: fs-0a1b2c3d, accessPoint: ${accessPoint}, mount: /srv/shop } }`;
const sources = `sources:
  uploads: ${source('/srv/shop/uploads', 'fsap-0000000a')}
  invoices: ${source('/srv/shop/invoices', 'fsap-0000000a')}
  other: ${source('/srv/shop', 'fsap-0000000b')}
`;

let values: StackValues;
beforeAll(async () => {
  values = await stackValues(stageOf(sources));
});
const definitions = (resources: Resources) =>
  Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::ECS::TaskDefinition');

interface Container {
  readonly MountPoints: readonly { readonly ContainerPath: string; readonly ReadOnly: boolean }[];
}

describe('sources on EFS', () => {
  it('add a dump and a restore definition for each access point and place', () => {
    expect(definitions(values.resources)).toHaveLength(5 + 2 * 2);
  });

  it('are mounted encrypted, by IAM, and read only where they are dumped', () => {
    const mounted = definitions(values.resources).filter(([id]) => /Task[0-9a-f]{8}$/.test(id));
    const seen = mounted.map(([id, { Properties }]) => {
      const [, volume] = Properties['Volumes'] as { EFSVolumeConfiguration: object }[];
      const [container] = Properties['ContainerDefinitions'] as Container[];
      expect(volume?.EFSVolumeConfiguration).toMatchObject({
        FilesystemId: 'fs-0a1b2c3d',
        TransitEncryption: 'ENABLED',
        AuthorizationConfig: { IAM: 'ENABLED' },
      });
      const point = container?.MountPoints.at(1);
      expect(point?.ContainerPath).toBe('/srv/shop');
      return [id.slice(0, 4), point?.ReadOnly];
    });
    expect(seen.sort()).toEqual([
      ['Dump', true],
      ['Dump', true],
      ['Rest', false],
      ['Rest', false],
    ]);
  });

  it('are found by the machines through their key', () => {
    const { DumpMountedTasks } = values.substitutions.backup;
    expect(DumpMountedTasks).toEqual({
      'Fn::Sub': expect.stringMatching(
        /^\{'fsap-0000000a:\/srv\/shop': '\$\{DumpTask[0-9a-f]{8}\}', 'fsap-0000000b:\/srv\/shop': '\$\{DumpTask[0-9a-f]{8}\}'\}$/,
      ),
    });
  });

  it('leave a stack without them as it was', async () => {
    const plain = await stackValues(stageOf('sources: {}\n'));
    expect(plain.substitutions.restore['RestoreMountedTasks']).toBe('{}');
    expect(definitions(plain.resources)).toHaveLength(5);
  });
});
