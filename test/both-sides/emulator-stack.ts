/** What the scripted state machines need of AWS: functions, a cluster, tasks. */
import { baseImage } from '../cloud/lab.ts';
import { taskProgram } from './script-server.ts';
import { functionSource } from './scripted-function.ts';

/** The functions of the shipped state machines, and the one that small machines call. */
export const functionNames = ['scripted', 'plan', 'verify', 'retain', 'notify', 'health'] as const;

export const functionArn = (name: string): string =>
  `arn:aws:lambda:us-east-1:000000000000:function:sides-${name}`;

export function stackTemplate(scriptsPort: number): object {
  const functions = functionNames.map((name) => [
    `Function${name}`,
    {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: `sides-${name}`,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: roleArn,
        Timeout: 30,
        Environment: { Variables: { ACTOR: name, SCRIPTS_PORT: String(scriptsPort) } },
        Code: { ZipFile: functionSource },
      },
    },
  ]);
  return {
    Resources: {
      Role: role,
      Cluster: { Type: 'AWS::ECS::Cluster', Properties: { ClusterName: 'sides' } },
      Task: taskDefinition('sides-task', baseImage, scriptsPort),
      Missing: taskDefinition('sides-missing', 'localhost/nowhere:at-all', scriptsPort),
      ...Object.fromEntries(functions),
    },
  };
}

export const roleArn = 'arn:aws:iam::000000000000:role/sides';
export const clusterArn = 'arn:aws:ecs:us-east-1:000000000000:cluster/sides';
export const taskArn = (family: 'sides-task' | 'sides-missing'): string =>
  `arn:aws:ecs:us-east-1:000000000000:task-definition/${family}:1`;

const role = {
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: 'sides',
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: ['states', 'lambda', 'ecs-tasks'].map((service) => ({
        Effect: 'Allow',
        Principal: { Service: `${service}.amazonaws.com` },
        Action: 'sts:AssumeRole',
      })),
    },
  },
};

const taskDefinition = (family: string, image: string, scriptsPort: number) => ({
  Type: 'AWS::ECS::TaskDefinition',
  DependsOn: 'Role',
  Properties: {
    Family: family,
    Cpu: '256',
    Memory: '512',
    NetworkMode: 'awsvpc',
    RequiresCompatibilities: ['FARGATE'],
    TaskRoleArn: roleArn,
    ContainerDefinitions: [
      {
        Name: 'task',
        Image: image,
        Command: ['bash', '-c', taskProgram],
        Environment: [{ Name: 'SCRIPTS_PORT', Value: String(scriptsPort) }],
      },
    ],
  },
});
