/** What is named in the stack, at the longest stage and group: AWS takes it, or the package is refused. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nameLimits, overlongNames } from '../../../infra/stack/name-limits.ts';
import { functionNames } from '../../../infra/stack/roles.ts';
import { stackValues } from '../../../infra/stack/values.ts';
import { readText } from './read-text.ts';
import { stageOf, vault } from './stage-of.ts';

const longestStage = `${'s'.repeat(16)}-recovery`;

const inGroup = (group: string) => `sources:
  orders:
    engine: postgres
    connection: secretsmanager:orders#url
    policies: { daily: { schedule: rate(1 day), on: [{ source: [ci] }], keep: { daily: 7 } } }
    drill: { schedule: rate(7 days) }
    deploy: { isolation: ${group} }
`;
const problems = (stage: string, group: string) =>
  overlongNames(stage, readText(vault + inGroup(group)));

const limitOf = (type: string, property: string): number | undefined =>
  (nameLimits as Record<string, Record<string, number>>)[type]?.[property];

/** The names of a folder of templates, each with the type of its resource. */
function namesInTemplates(): { type: string; property: string; name: string }[] {
  return readdirSync('infra')
    .filter((file) => file.endsWith('.yml'))
    .flatMap((file) => {
      const text = readFileSync(join('infra', file), 'utf8');
      return text.split(/(?=Type: AWS::)/).flatMap((block) => {
        const type = /^Type: (\S+)/.exec(block)?.[1] ?? '';
        return [...block.matchAll(/(\w*Name): "?(holdfast-[^\s"},]+)/g)].map(
          ([, property = '', name = '']) => ({ type, property, name }),
        );
      });
    });
}

describe('names of the stack', () => {
  it('are refused where a group makes one too long, with what to shorten and by how much', () => {
    expect(problems('production-eu', 'g'.repeat(32))).toEqual([]);
    expect(problems('production-eu-1', 'g'.repeat(32))).toEqual([
      `sources.orders.deploy.isolation: the role holdfast-production-eu-1-restore-${'g'.repeat(32)} would have 65 characters, IAM takes 64; shorten the group ${'g'.repeat(32)}, or the stage production-eu-1, by 1`,
    ]);
    expect(problems(longestStage, 'g'.repeat(22))).toHaveLength(1);
    expect(problems(longestStage, 'g'.repeat(21))).toEqual([]);
  });

  it('are refused where the leases of a copy get a name that no bucket has', () => {
    const leases = `${'b'.repeat(57)}-leases`;
    const config = readText(vault.replace('acme-leases', leases) + inGroup('shared'));
    expect(overlongNames('prod', config)).toEqual([
      `vault.leases: the bucket ${leases} would have 64 characters, S3 takes 63; shorten it by 1`,
    ]);
  });

  it('fit at the longest stage with the longest group that is let through', async () => {
    const stage = { ...stageOf(inGroup('g'.repeat(21))), stage: longestStage };
    const { resources } = await stackValues(stage);
    const named = Object.values(resources).flatMap(({ Type, Properties }) =>
      Object.entries(Properties).flatMap(([property, name]) => {
        const limit = limitOf(Type, property);
        return limit === undefined ? [] : [{ name: String(name), limit }];
      }),
    );
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter(({ name, limit }) => name.length > limit)).toEqual([]);
  });

  it('fit in the templates and of the functions too', () => {
    const named = namesInTemplates().flatMap(({ type, property, name }) => {
      const limit = limitOf(type, property);
      const whole = name.replaceAll(/\$\{sls:stage\}/g, longestStage);
      return limit === undefined ? [] : [{ whole, limit }];
    });
    expect(named.length).toBeGreaterThan(10);
    const functions = functionNames.map((name) => ({
      whole: `holdfast-${longestStage}-${name}`,
      limit: nameLimits['AWS::Lambda::Function'].FunctionName,
    }));
    const over = [...named, ...functions].filter(({ whole, limit }) => whole.length > limit);
    expect(over).toEqual([]);
  });
});
