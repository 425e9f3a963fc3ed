import { expect, test } from 'vitest';
import { stackValues } from '../../../infra/stack/values.ts';
import { manySources, stageOf } from './stage-of.ts';

/** What infra/*.yml and the framework add to the resources that come from the configuration. */
const fixed = 80;
/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const limits = { resources: 500, policies: 10_240 };

test('10,000 sources at 288 times in 20 groups stay within one stack', async () => {
  const { resources } = await stackValues(stageOf(manySources(10_000, { times: 288, groups: 20 })));
  const counts = Map.groupBy(Object.values(resources), ({ Type }) => Type);
  expect(counts.get('AWS::Scheduler::Schedule')).toHaveLength(289);
  expect(Object.keys(resources).length + fixed).toBeLessThan(limits.resources);
  const template = JSON.stringify(resources).length;
  expect(template).toBeLessThan(700_000);
}, 240_000);

test('a source more changes no resource but its roles', async () => {
  const one = await stackValues(stageOf(manySources(100, { groups: 1 })));
  const two = await stackValues(stageOf(manySources(101, { groups: 1 })));
  expect(Object.keys(two.resources)).toEqual(Object.keys(one.resources));
});
