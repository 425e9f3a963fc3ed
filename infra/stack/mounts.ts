/** File systems that tasks mount: what their definitions, roles and machines need for it. */
import { type Mount, mountOf } from '../../src/core/config/mount.ts';
import type { Config } from '../../src/core/config/schema.ts';
import type { TaskVerb } from '../../src/core/contracts/tasks.ts';
import { digest, pascal, sub } from './names.ts';
import type { Statement } from './statements.ts';

/** A drill restores into its scratch space, and the others see no source. */
export const mountingTasks = ['dump', 'restore'] as const satisfies readonly TaskVerb[];
export type MountingTask = (typeof mountingTasks)[number];

/** A policy has to name each, and so has a state machine. */
export const mostMounts = 20;

/** Of these sources, or of all; once each. */
export function mountsOf(
  { sources }: Config,
  names: readonly string[] = Object.keys(sources),
): Mount[] {
  const found = names.flatMap((name) => mountOf(sources[name]) ?? []);
  const byKey = new Map(found.map((mount) => [mount.key, mount]));
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

export const familyOf = (verb: MountingTask, stage: string, mount: Mount): string =>
  `holdfast-${stage}-${verb}-${digest(mount.key, 8)}`;

export const mountedTaskIds = (verb: MountingTask, config: Config) =>
  mountsOf(config).map((mount) => ({
    ...mount,
    id: `${pascal(verb)}Task${digest(mount.key, 8)}`,
  }));

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-efs-config.html */
export const volumeOf = ({ fileSystem, accessPoint }: Mount) => ({
  Name: 'source',
  EFSVolumeConfiguration: {
    FilesystemId: fileSystem,
    TransitEncryption: 'ENABLED',
    AuthorizationConfig: { AccessPointId: accessPoint, IAM: 'ENABLED' },
  },
});

/** An access point is of one file system, so that naming both lists pairs them. */
export function mountStatements(mounts: readonly Mount[], writes: boolean): Statement[] {
  if (mounts.length === 0) return [];
  const unique = (names: readonly string[]) => [...new Set(names)].sort();
  const arn = (resource: string) =>
    sub(`arn:\${AWS::Partition}:elasticfilesystem:\${AWS::Region}:\${AWS::AccountId}:${resource}`);
  const mount = 'elasticfilesystem:ClientMount';
  return [
    {
      Sid: 'MountSources',
      Effect: 'Allow',
      Action: writes ? [mount, 'elasticfilesystem:ClientWrite'] : mount,
      Resource: unique(mounts.map(({ fileSystem }) => fileSystem)).map((id) =>
        arn(`file-system/${id}`),
      ),
      Condition: {
        StringEquals: {
          'elasticfilesystem:AccessPointArn': unique(
            mounts.map(({ accessPoint }) => accessPoint),
          ).map((id) => arn(`access-point/${id}`)),
        },
      },
    },
  ];
}
