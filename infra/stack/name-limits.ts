/** Names that AWS would refuse in the middle of a deployment: told when it is packaged, with what to shorten. */
import { bucketLocation } from '../../src/core/bucket-location.ts';
import type { Config } from '../../src/core/config/schema.ts';
import { groupRoleName, groupsOf, groupTasks } from './groups.ts';

/**
 * Characters of a name, by type and property. Other names are of the stage alone, which is short.
 * IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 * Lambda: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
 * Step Functions: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
 * Scheduler: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
 * EventBridge: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 * S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
export const nameLimits = {
  'AWS::IAM::Role': { RoleName: 64 },
  'AWS::Lambda::Function': { FunctionName: 64 },
  'AWS::StepFunctions::StateMachine': { StateMachineName: 80 },
  'AWS::Scheduler::Schedule': { Name: 64 },
  'AWS::Scheduler::ScheduleGroup': { Name: 64 },
  'AWS::Events::Rule': { Name: 64 },
  'AWS::S3::Bucket': { BucketName: 63 },
} as const;

/** Of this stage's configuration, each by its path. */
export const overlongNames = (stage: string, config: Config): string[] => [
  ...longRoles(stage, config),
  ...longBuckets(config),
];

const longestRole = nameLimits['AWS::IAM::Role'].RoleName;

/** One line for each group: that of the longest of its roles. */
function longRoles(stage: string, config: Config): string[] {
  return groupsOf(config).flatMap(({ name: group, sources }) => {
    const roles = groupTasks.map((task) => groupRoleName(stage, task, group));
    const longest = roles.reduce((a, b) => (b.length > a.length ? b : a));
    const over = longest.length - longestRole;
    if (over <= 0) return [];
    const said = `the role ${longest} would have ${longest.length} characters, IAM takes ${longestRole}`;
    const what = `shorten the group ${group}, or the stage ${stage}, by ${over}`;
    return [`sources.${sources[0]}.deploy.isolation: ${said}; ${what}`];
  });
}

const longestBucket = nameLimits['AWS::S3::Bucket'].BucketName;

/** Where leases lie in the recovery Region follows from the name of the copy. */
function longBuckets({ vault }: Config): string[] {
  const places = { 'vault.primary': vault.primary.url, 'vault.leases': vault.leases?.url ?? '' };
  return Object.entries(places).flatMap(([path, url]) => {
    const { bucket = '' } = bucketLocation(url) ?? {};
    const over = bucket.length - longestBucket;
    if (over <= 0) return [];
    const said = `the bucket ${bucket} would have ${bucket.length} characters, S3 takes ${longestBucket}`;
    return [`${path}: ${said}; shorten it by ${over}`];
  });
}
