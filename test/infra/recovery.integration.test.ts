/** Both templates of a stage with a recovery Region. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePackage, type Packaged, readTemplate } from '../../infra/package.ts';
import type { Template } from '../../infra/stack/changes.ts';
import { permissionsOf, wildcardsOf } from '../../infra/stack/permissions.ts';
import { withRecoveryRoles } from '../../infra/stack/security-page.ts';
import { lint } from './linters.ts';

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
const idsOf = ({ Resources }: Template, type: string) =>
  Object.keys(Resources).filter((id) => Resources[id]?.Type === type);

describe('the templates of two Regions', () => {
  it('have the same machines, functions and tasks', () => {
    const types = ['StepFunctions::StateMachine', 'Lambda::Function', 'ECS::TaskDefinition'];
    for (const type of types) {
      expect(idsOf(there, `AWS::${type}`)).toEqual(idsOf(first, `AWS::${type}`));
    }
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
    expect(JSON.stringify(there)).not.toMatch(/us-east-1|acme-backups-east/);
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
