/** Both templates of a stage with a recovery Region. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import validate from 'asl-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePackage, type Packaged, readTemplate } from '../../infra/package.ts';
import type { Template } from '../../infra/stack/changes.ts';
import { permissionsOf, wildcardsOf } from '../../infra/stack/permissions.ts';
import { withRecoveryRoles } from '../../infra/stack/security-page.ts';
import { failoverFunctions } from '../../src/core/contracts/machines.ts';
import { lint } from './linters.ts';
import { bundleOf } from './zip.ts';

let folder: string;
let packaged: Packaged;
let first: Template;
let there: Template;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  const config = 'examples/aws-two-regions.yaml';
  packaged = await makePackage({ stage: 'prod', config, folder: join(folder, 'package') });
  first = await readTemplate(packaged.template);
  there = await readTemplate(String(packaged.recovery?.template));
});
afterAll(() => rm(folder, { recursive: true }));

const bothFiles = () => [packaged.template, String(packaged.recovery?.template)];
const ofFailovers = (id: string) => /^(Failover|Approve)/.test(id);
const idsOf = ({ Resources }: Template, type: string) =>
  Object.keys(Resources).filter((id) => Resources[id]?.Type === type);

describe('the templates of two Regions', () => {
  it('have the same machines, functions and tasks, but for those of failovers', () => {
    const types = ['StepFunctions::StateMachine', 'Lambda::Function', 'ECS::TaskDefinition'];
    for (const type of types) {
      const others = idsOf(there, `AWS::${type}`).filter((id) => !ofFailovers(id));
      expect(others).toEqual(idsOf(first, `AWS::${type}`));
    }
  });

  it('fail over from the second Region alone, by functions that are uploaded once', () => {
    expect(Object.keys(first.Resources).filter(ofFailovers)).toEqual([]);
    const functions = idsOf(there, 'AWS::Lambda::Function').filter(ofFailovers);
    // No cluster has links that approve.
    expect(functions).toHaveLength(failoverFunctions.length - 1);
    const properties = functions.map((id) => there.Resources[id]?.Properties ?? {});
    expect(new Set(properties.map(({ Code }) => JSON.stringify(Code))).size).toBe(1);
    expect(new Set(properties.map(({ Role }) => JSON.stringify(Role))).size).toBe(functions.length);
    expect(properties.map(({ VpcConfig }) => Object(VpcConfig).SubnetIds?.length)).toEqual(
      functions.map(() => 2),
    );
  });

  it('have definitions of Step Functions where every placeholder is filled in', () => {
    for (const id of idsOf(there, 'AWS::StepFunctions::StateMachine').filter(ofFailovers)) {
      const { Definition, DefinitionSubstitutions = {} } = there.Resources[id]?.Properties ?? {};
      const text = JSON.stringify(Definition);
      const used = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => String(name)));
      expect([...used].sort()).toEqual(Object.keys(Object(DefinitionSubstitutions)).sort());
      const arn = 'arn:aws:states:us-east-1:111122223333:stateMachine:any';
      const whole: unknown = JSON.parse(text.replaceAll(/\$\{\w+\}/g, arn));
      expect(validate(whole as never)).toMatchObject({ isValid: true });
    }
  });

  it('keep what a cold start of a step loads small', async () => {
    const folder = join(packaged.folder, 'recovery');
    const zip = basename(
      Object(there.Resources['FailoverLeaseLambdaFunction']).Properties.Code.S3Key,
    );
    const { entryBytes, zipBytes } = await bundleOf(join(folder, zip), 'failover');
    expect(entryBytes).toBeLessThan(1_500_000);
    expect(zipBytes).toBeLessThan(1_500_000);
  });

  it('share no name that an account has once', () => {
    const names = (template: Template) =>
      ['AWS::IAM::Role', 'AWS::S3::Bucket'].flatMap((type) =>
        idsOf(template, type).flatMap((id) => {
          const { RoleName, BucketName } = template.Resources[id]?.Properties ?? {};
          return RoleName ?? BucketName ?? [];
        }),
      );
    expect(names(there).filter((name) => names(first).includes(name))).toEqual([]);
  });

  it('leave nothing of the first Region in that of the other', () => {
    // But for the fence of the node that is there, and the services beside it.
    const reach = ['RunCommands', 'FollowCommands', 'ScaleServices'];
    const text = JSON.stringify(there, (_, value) => (reach.includes(value?.Sid) ? {} : value));
    expect(text).not.toMatch(/us-east-1|acme-backups-east/);
  });

  it('have no findings of cfn-lint', { timeout: 300_000 }, async () => {
    expect(await lint('cfn-lint', bothFiles())).toBe('');
  });

  it('have no findings of checkov', { timeout: 300_000 }, async () => {
    const argv = ['--framework', 'cloudformation', '--skip-download', '--output', 'json'];
    for (const file of bothFiles()) {
      const answer = await lint('checkov', ['--file', file, ...argv]);
      const { results } = JSON.parse(answer) as { results: { failed_checks: object[] } };
      expect(results.failed_checks).toEqual([]);
    }
  });

  it('are what docs/security.md says of their roles (npm run -s security writes it)', async () => {
    const page = await readFile('docs/security.md', 'utf8');
    expect(withRecoveryRoles(page, { first, there })).toBe(page);
  });

  it('have no wildcard in a role that is not explained', () => {
    for (const template of [first, there]) {
      const found = permissionsOf(template).flatMap(wildcardsOf);
      expect(found.length).toBeGreaterThan(20);
      expect(found.filter(({ reason }) => reason === undefined)).toEqual([]);
    }
  });
});
