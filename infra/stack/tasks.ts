/** A task definition for each verb, and for each file system that one mounts; sizes and roles of single sources come as overrides of a run. */
import { defaultIsolation } from '../../src/core/config/deployment.ts';
import type { Mount } from '../../src/core/config/mount.ts';
import { type TaskVerb, taskVerbs } from '../../src/core/contracts/tasks.ts';
import { groupRoleId, groupsOf, groupTasks } from './groups.ts';
import { familyOf, type MountingTask, mountedTaskIds, mountingTasks, volumeOf } from './mounts.ts';
import { arnOf, type GetAtt, pascal, ref, sub, type Value } from './names.ts';
import type { Resource, Resources } from './resource.ts';
import type { Stage } from './stage.ts';

/** Beside its scratch folder a task writes nothing. */
const scratch = '/tmp';

export function taskResources(
  stage: Stage,
  environment: Readonly<Record<string, Value>>,
): Resources {
  const plain = taskVerbs.map((verb) => [`${pascal(verb)}Task`, { verb }] as const);
  const mounted = mountingTasks.flatMap((verb) =>
    mountedTaskIds(verb, stage.config).map(({ id, ...mount }) => [id, { verb, mount }] as const),
  );
  return Object.fromEntries(
    [...plain, ...mounted].map(([id, kind]) => [id, taskDefinition(kind, stage, environment)]),
  );
}

type Kind =
  | { readonly verb: TaskVerb; readonly mount?: undefined }
  | { readonly verb: MountingTask; readonly mount: Mount };

function taskDefinition(
  kind: Kind,
  { stage, config }: Stage,
  environment: Readonly<Record<string, Value>>,
): Resource {
  const { cpu, memoryMiB, architecture } = config.deploy.tasks;
  const { verb, mount } = kind;
  return {
    Type: 'AWS::ECS::TaskDefinition',
    // A run under way may still start a task of the revision that it was planned with.
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      Family: mount ? familyOf(verb, stage, mount) : `holdfast-${stage}-${verb}`,
      RequiresCompatibilities: ['FARGATE'],
      NetworkMode: 'awsvpc',
      Cpu: String(cpu),
      Memory: String(memoryMiB),
      RuntimePlatform: {
        CpuArchitecture: architecture === 'arm64' ? 'ARM64' : 'X86_64',
        OperatingSystemFamily: 'LINUX',
      },
      ExecutionRoleArn: arnOf('TaskExecutionRole'),
      TaskRoleArn: defaultRole(verb, stage, config),
      Volumes: [{ Name: 'scratch' }, ...(mount ? [volumeOf(mount)] : [])],
      ContainerDefinitions: [container(kind, config.deploy.images, environment)],
    },
  };
}

/** The machines name the role of the source's own group; this one is for tasks started without them. */
function defaultRole(verb: TaskVerb, _stage: string, config: Stage['config']): GetAtt {
  const ofGroups = groupTasks.find((task) => task === verb);
  if (ofGroups === undefined) return arnOf(`${pascal(verb)}TaskRole`);
  const groups = groupsOf(config).map(({ name }) => name);
  const group = groups.includes(defaultIsolation) ? defaultIsolation : String(groups[0]);
  return arnOf(groupRoleId(ofGroups, group));
}

function container(
  { verb, mount }: Kind,
  images: Stage['config']['deploy']['images'],
  environment: Readonly<Record<string, Value>>,
) {
  const image = verb === 'drill' ? 'drill' : 'dump';
  return {
    Name: 'task',
    Image: images[image] ?? ownImage(image),
    Essential: true,
    ReadonlyRootFilesystem: true,
    StopTimeout: 120,
    MountPoints: [
      { SourceVolume: 'scratch', ContainerPath: scratch, ReadOnly: false },
      ...(mount ? [mountPoint(mount, verb !== 'restore')] : []),
    ],
    Environment: Object.entries({ ...environment, HOLDFAST_TMPDIR: scratch }).map(
      ([Name, value]) => ({ Name, Value: value }),
    ),
    LogConfiguration: {
      LogDriver: 'awslogs',
      Options: {
        'awslogs-group': ref('TaskLogs'),
        'awslogs-region': ref('AWS::Region'),
        'awslogs-stream-prefix': verb,
        // ECS would rather drop lines than wait: the last words of a task are worth waiting for.
        mode: 'blocking',
      },
    },
  };
}

const mountPoint = ({ directory }: Mount, readOnly: boolean) => ({
  SourceVolume: 'source',
  ContainerPath: directory,
  ReadOnly: readOnly,
});

/** docs/deploy.md says how it gets there. */
const ownImage = (name: string): Value =>
  sub(`\${AWS::AccountId}.dkr.ecr.\${AWS::Region}.\${AWS::URLSuffix}/holdfast-${name}:latest`);
