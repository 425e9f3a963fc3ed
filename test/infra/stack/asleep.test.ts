import { expect, test } from 'vitest';
import { asleep } from '../../../infra/stack/asleep.ts';

const template = {
  Outputs: { One: { Value: 1 } },
  Resources: {
    Daily: { Type: 'AWS::Scheduler::Schedule', Properties: { Name: 'daily', State: 'ENABLED' } },
    OnPush: { Type: 'AWS::Events::Rule', DependsOn: 'Role', Properties: { Name: 'push' } },
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'role' } },
  },
};

test('schedules and rules are there and do nothing, all else is as it was', () => {
  const { Daily, OnPush, Role } = template.Resources;
  expect(asleep(template)).toEqual({
    Outputs: template.Outputs,
    Resources: {
      Daily: { ...Daily, Properties: { Name: 'daily', State: 'DISABLED' } },
      OnPush: { ...OnPush, Properties: { Name: 'push', State: 'DISABLED' } },
      Role,
    },
  });
});
