/** A network of the account's own, as a team has it: `deploy.network` names its subnets. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import type { Cloud } from '../lab.ts';

const subnet = (CidrBlock: string) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { VpcId: { Ref: 'Network' }, CidrBlock },
});

const template = {
  Resources: {
    Network: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.9.0.0/16' } },
    First: subnet('10.9.1.0/24'),
    Second: subnet('10.9.2.0/24'),
    Group: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { GroupDescription: 'tasks', VpcId: { Ref: 'Network' } },
    },
  },
  Outputs: {
    First: { Value: { Ref: 'First' } },
    Second: { Value: { Ref: 'Second' } },
    Group: { Value: { 'Fn::GetAtt': ['Group', 'GroupId'] } },
  },
};

export interface GivenNetwork {
  readonly subnets: readonly [string, string];
  readonly securityGroups: readonly [string];
  readonly publicIp: false;
}

export async function makeNetwork(cloud: Cloud): Promise<GivenNetwork> {
  const client = new CloudFormationClient(cloud.client);
  const StackName = 'network';
  await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify(template) }));
  await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1 }, { StackName });
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
  client.destroy();
  const outputOf = (name: string) =>
    String(Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue);
  return {
    subnets: [outputOf('First'), outputOf('Second')],
    securityGroups: [outputOf('Group')],
    publicIp: false,
  };
}
