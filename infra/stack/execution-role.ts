/** What ECS itself does for a task before and beside it: fetch its image, write its log. */
import type { Config } from '../../src/core/config/schema.ts';
import { arnOf, sub, type Value } from './names.ts';
import type { Resource } from './resource.ts';
import { role, taskTrust } from './roles.ts';
import type { Statement } from './statements.ts';

export function executionRole(stage: string, { deploy }: Config): Resource {
  const repositories = (['dump', 'drill'] as const).map((name) =>
    repositoryArn(name, deploy.images[name]),
  );
  const statements: Statement[] = [
    {
      // It knows no resources: https://docs.aws.amazon.com/AmazonECR/latest/userguide/security_iam_id-based-policy-examples.html
      Sid: 'LogInToRegistry',
      Effect: 'Allow',
      Action: 'ecr:GetAuthorizationToken',
      Resource: '*',
    },
    {
      Sid: 'FetchImages',
      Effect: 'Allow',
      Action: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:GetDownloadUrlForLayer',
      ],
      Resource: repositories,
    },
    {
      Sid: 'WriteLogs',
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: arnOf('TaskLogs'),
    },
  ];
  return role(`holdfast-${stage}-task-execution`, taskTrust, statements);
}

/** `<account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>`; an image from elsewhere needs no permission. */
function repositoryArn(name: string, image: string | undefined): Value {
  const given = /^(\d+)\.dkr\.ecr\.([a-z0-9-]+)\.[^/]+\/([^:@]+)/.exec(image ?? '');
  const [, account, region, repository] = given ?? [];
  const place = given ? `${region}:${account}` : `\${AWS::Region}:\${AWS::AccountId}`;
  return sub(`arn:\${AWS::Partition}:ecr:${place}:repository/${repository ?? `holdfast-${name}`}`);
}
