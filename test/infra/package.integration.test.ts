import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import validate from 'asl-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePackage, type Packaged, readTemplate } from '../../infra/package.ts';
import type { Template } from '../../infra/stack/changes.ts';
import { permissionsOf, wildcardsOf } from '../../infra/stack/permissions.ts';
import { withRoles } from '../../infra/stack/security-page.ts';
import { lint } from './linters.ts';
import { bundleOf } from './zip.ts';

let folder: string;
let packaged: Packaged;
let template: Template;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  packaged = await makePackage({
    stage: 'prod',
    config: 'examples/aws.yaml',
    folder: join(folder, 'package'),
  });
  template = await readTemplate(packaged.template);
});
afterAll(() => rm(folder, { recursive: true }));

const ofType = (type: string) =>
  Object.entries(template.Resources).filter(([, { Type }]) => Type === type);

describe('npm run package', () => {
  it('makes one template with all that runs', () => {
    const count = (type: string) => ofType(type).length;
    expect(count('AWS::StepFunctions::StateMachine')).toBe(7);
    expect(count('AWS::Lambda::Function')).toBe(5);
    expect(count('AWS::ECS::TaskDefinition')).toBe(5);
    expect(count('AWS::Scheduler::Schedule')).toBe(4);
    expect(Object.keys(template.Resources).length).toBeLessThan(120);
  });

  it('gives the outputs by which others find it', () => {
    const { Outputs } = template as Template & { Outputs: object };
    expect(Object.keys(Outputs)).toEqual(
      expect.arrayContaining([
        ...['VaultBucket', 'VaultKeyArn', 'SigningKeyArn', 'AlertTopicArn', 'ClusterArn'],
        ...['BackupMachineArn', 'RestoreMachineArn', 'DrillMachineArn', 'VerifyMachineArn'],
        ...['RetainMachineArn', 'HealthMachineArn', 'ScheduledMachineArn', 'ConfigHash'],
      ]),
    );
  });

  it('leaves the configuration that functions and tasks are pointed to', async () => {
    const { sha256 } = await import('../../src/core/checksum.ts');
    const hash = Buffer.from(sha256(await readFile(packaged.config))).toString('hex');
    const functions = JSON.stringify(ofType('AWS::Lambda::Function'));
    expect(functions.split(`s3://acme-backups-prod/config/${hash}.json`)).toHaveLength(6);
  });

  it('keeps what a cold start loads small', async () => {
    for (const name of ['plan', 'verify', 'retain', 'notify', 'health']) {
      const { entryBytes, zipBytes } = await bundleOf(join(packaged.folder, `${name}.zip`), name);
      expect(entryBytes).toBeLessThan(1_500_000);
      expect(zipBytes).toBeLessThan(1_500_000);
    }
  });
});

describe('the template', () => {
  it('has no findings of cfn-lint', { timeout: 300_000 }, async () => {
    expect(await lint('cfn-lint', [packaged.template])).toBe('');
  });

  it('has no findings of checkov but those explained beside their resource', {
    timeout: 300_000,
  }, async () => {
    const argv = ['--framework', 'cloudformation', '--skip-download', '--output', 'json'];
    const answer = await lint('checkov', ['--file', packaged.template, ...argv]);
    const { results, summary } = JSON.parse(answer) as Checked;
    const shown = results.failed_checks.map(({ check_id, resource }) => `${check_id} ${resource}`);
    expect(shown).toEqual([]);
    expect(summary.passed).toBeGreaterThan(200);
    const reasons = results.skipped_checks.map(({ check_result }) => check_result.suppress_comment);
    expect(reasons.filter((reason) => !reason || reason.length < 20)).toEqual([]);
  });

  it('has no wildcard in a role that is not explained', () => {
    const found = permissionsOf(template).flatMap(wildcardsOf);
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(({ reason }) => reason === undefined)).toEqual([]);
  });

  it('has a role of its own for each function, task and state machine', () => {
    const roles = [
      ...ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties['Role']),
      ...ofType('AWS::ECS::TaskDefinition').map(([, { Properties }]) => Properties['TaskRoleArn']),
      ...ofType('AWS::StepFunctions::StateMachine').map(
        ([, { Properties }]) => Properties['RoleArn'],
      ),
    ];
    expect(new Set(roles.map((role) => JSON.stringify(role))).size).toBe(roles.length);
  });

  it('trusts services for this account alone', () => {
    const trusts = ofType('AWS::IAM::Role').map(([id, { Properties }]) => {
      const { Statement } = Properties['AssumeRolePolicyDocument'] as { Statement: Trust[] };
      return [id, Statement] as const;
    });
    const open = trusts.filter(([, statements]) =>
      statements.some(
        ({ Principal, Condition }) =>
          Principal.Service !== 'lambda.amazonaws.com' &&
          Condition?.StringEquals?.['aws:SourceAccount'] === undefined,
      ),
    );
    expect(open.map(([id]) => id)).toEqual([]);
  });

  it('is what docs/security.md says of its roles (npm run -s security writes it)', async () => {
    const page = await readFile('docs/security.md', 'utf8');
    expect(withRoles(page, template)).toBe(page);
  });
});

describe('a state machine of the template', () => {
  const machines = () =>
    ofType('AWS::StepFunctions::StateMachine').map(([id, { Properties }]) => ({
      id,
      text: JSON.stringify(Properties['Definition']),
      substitutions: Properties['DefinitionSubstitutions'] as Readonly<Record<string, unknown>>,
    }));

  it('has every placeholder filled in, and none that it does not have', () => {
    for (const { id, text, substitutions } of machines()) {
      const used = new Set([...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => String(name)));
      expect([id, ...[...used].sort()]).toEqual([id, ...Object.keys(substitutions).sort()]);
    }
  });

  it('refers to what is in the template', () => {
    const ids = new Set(Object.keys(template.Resources));
    const missing = machines().flatMap(({ substitutions }) =>
      Object.values(substitutions).filter((value) => {
        const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: string[] };
        const id = Ref ?? attribute?.[0];
        return id !== undefined && !ids.has(id);
      }),
    );
    expect(missing).toEqual([]);
  });

  it('is valid with what stands for the placeholders', () => {
    const arn = 'arn:aws:states:us-east-1:111122223333:stateMachine:any';
    const filled = (name: string): string => (name.endsWith('MountedTasks') ? '{}' : arn);
    for (const { text } of machines()) {
      const whole = text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => filled(name));
      const definition: unknown = JSON.parse(whole);
      expect(validate(definition as never)).toMatchObject({ isValid: true });
    }
  });

  it('calls functions by version and tasks by revision', () => {
    const [backup] = machines().filter(({ id }) => id === 'BackupMachine');
    const { PlanFunctionArn, DumpTaskArn } = backup?.substitutions ?? {};
    const { Ref } = PlanFunctionArn as { Ref: string };
    expect(template.Resources[Ref]?.Type).toBe('AWS::Lambda::Version');
    expect(DumpTaskArn).toEqual({ Ref: 'DumpTask' });
  });
});

interface Checked {
  readonly results: {
    readonly failed_checks: readonly { readonly check_id: string; readonly resource: string }[];
    readonly skipped_checks: readonly {
      readonly check_result: { readonly suppress_comment?: string };
    }[];
  };
  readonly summary: { readonly passed: number };
}

interface Trust {
  readonly Principal: { readonly Service: string };
  readonly Condition?: { readonly StringEquals?: Readonly<Record<string, unknown>> };
}
