/** What serves the links that approve: only where a cluster has `approval.link`. */

import type { Config } from '../../src/core/config/schema.ts';
import { secretsIn } from './groups.ts';
import { arnOf, ref, sub, type Value } from './names.ts';
import type { Resource, Resources } from './resource.ts';
import type { Statement } from './statements.ts';

export const hasLinks = ({ clusters }: Config): boolean =>
  Object.values(clusters).some(({ approval }) => approval.link !== undefined);

/** Of their keys. */
export const linkSecrets = ({ clusters }: Config): string[] =>
  secretsIn(Object.values(clusters).map(({ approval }) => approval.link));

const approveMachine = (stage: string): Value =>
  sub(
    `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}:stateMachine:holdfast-${stage}-approve`,
  );

export const linkEnvironment = (stage: string) => ({
  HOLDFAST_APPROVE_MACHINE: approveMachine(stage),
});

export const askEnvironment = {
  HOLDFAST_APPROVAL_URL: { 'Fn::GetAtt': ['ApprovalUrl', 'FunctionUrl'] },
} as const;

export const startApproval = (stage: string): Statement => ({
  Sid: 'StartApproval',
  Effect: 'Allow',
  Action: 'states:StartExecution',
  Resource: approveMachine(stage),
});

/**
 * Anybody may ask; only who has a signed link is answered.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
export const linkResources = (): Resources => ({
  ApprovalUrl: {
    Type: 'AWS::Lambda::Url',
    Metadata: {
      checkov: {
        skip: [
          {
            id: 'CKV_AWS_258',
            comment:
              'A link is followed by a person without credentials of AWS; its signature is checked instead.',
          },
        ],
      },
    },
    Properties: {
      TargetFunctionArn: arnOf('FailoverApprovalLinkLambdaFunction'),
      AuthType: 'NONE',
    },
  },
  ApprovalUrlPermission: permission({
    Action: 'lambda:InvokeFunctionUrl',
    FunctionUrlAuthType: 'NONE',
  }),
  ApprovalInvokePermission: permission({
    Action: 'lambda:InvokeFunction',
    InvokedViaFunctionUrl: true,
  }),
});

const permission = (what: Readonly<Record<string, unknown>>): Resource => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { FunctionName: ref('FailoverApprovalLinkLambdaFunction'), Principal: '*', ...what },
});
