/** A task definition for each verb; sizes and roles of single sources come as overrides of a run. */
import { defaultIsolation } from '../../src/core/config/deployment.ts';
import { type TaskVerb, taskVerbs } from '../../src/core/contracts/tasks.ts';
import { groupRoleId, groupsOf, groupTasks } from './groups.ts';
import { arnOf, type GetAtt, pascal, ref, sub, type Value } from './names.ts';
import type { Resource, Resources } from './resource.ts';
import type { Stage } from './stage.ts';

/** Beside its scratch folder a task writes nothing. */
const scratch = '/tmp';

export function taskResources(
  stage: Stage,
  environment: Readonly<Record<string, Value>>,
): Resources {
  return Object.fromEntries(
    taskVerbs.map((verb) => [`${pascal(verb)}Task`, taskDefinition(verb, stage, environment)]),
  );
}

function taskDefinition(
  verb: TaskVerb,
  { stage, config }: Stage,
  environment: Readonly<Record<string, Value>>,
): Resource {
  const { cpu, memoryMiB, architecture } = config.deploy.tasks;
  return {
    Type: 'AWS::ECS::TaskDefinition',
    // A run under way may still start a task of the revision that it was planned with.
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      Family: `holdfast-${stage}-${verb}`,
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
      Volumes: [{ Name: 'scratch' }],
      ContainerDefinitions: [container(verb, config.deploy.images, environment)],
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
  verb: TaskVerb,
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
    MountPoints: [{ SourceVolume: 'scratch', ContainerPath: scratch, ReadOnly: false }],
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

/** docs/deploy.md says how it gets there. */
const ownImage = (name: string): Value =>
  sub(`\${AWS::AccountId}.dkr.ecr.\${AWS::Region}.\${AWS::URLSuffix}/holdfast-${name}:latest`);
