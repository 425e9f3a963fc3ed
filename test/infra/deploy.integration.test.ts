import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { S3 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { deployStage } from '../../infra/deploy.ts';
import { planStage } from '../../infra/plan.ts';
import type { Template } from '../../infra/stack/changes.ts';
import { startMinistack } from '../servers/ministack.ts';

/** With the differences from AWS removed that the lab of `test/cloud` removes. */
const program = resolve(import.meta.dirname, '../cloud/lab/emulator.py');
const stage = 'prod';

let server: Awaited<ReturnType<typeof startMinistack>>;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  server = await startMinistack({ program });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

function useEmulator() {
  const { accessKeyId, secretAccessKey } = server.credentials;
  vi.stubEnv('AWS_ENDPOINT_URL', server.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  vi.stubEnv('AWS_REGION', 'us-east-1');
}

async function configuration(change: (text: string) => string = (text) => text): Promise<string> {
  const file = join(folder, 'holdfast.yaml');
  await writeFile(file, change(await readFile('examples/aws.yaml', 'utf8')));
  return file;
}
const everyTwoHours = (text: string) => text.replace('rate(1 hour)', 'rate(2 hours)');

it('deploys, says what a change would do, and leaves the old beside the new', {
  timeout: 900_000,
}, async () => {
  useEmulator();
  const watching = watchStarters();
  const first = await deployStage({ stage, config: await configuration() });
  const seen = await watching.stop();
  expect(seen.early).toEqual([]);
  expect(seen.templates).toBeGreaterThan(0);
  expect(await awakeStarters()).toHaveLength(4);
  expect(first.outputs).toMatchObject({ VaultBucket: 'acme-backups-prod' });
  expect(await movesOfData()).toEqual(['35 STANDARD_IA', '100 GLACIER_IR']);
  const unchanged = await planStage({ stage, config: await configuration(), against: 'deployed' });
  // Definitions and code are those of the working tree, which may change meanwhile.
  const ofConfiguration = unchanged.changes.filter((line) => !line.includes('state machine'));
  expect(ofConfiguration).toEqual([]);

  const config = await configuration(everyTwoHours);
  const { changes } = await planStage({ stage, config, against: 'deployed' });
  expect(changes).toEqual(
    expect.arrayContaining([
      '- schedule rate(1 hour) UTC: orders/hourly',
      '+ schedule rate(2 hours) UTC: orders/hourly',
      '~ state machine holdfast-prod-backup: calls other versions',
    ]),
  );
  expect(changes.filter((line) => line.includes(' role '))).toEqual([]);

  const second = await deployStage({ stage, config });
  expect(second.outputs['ConfigHash']).not.toBe(first.outputs['ConfigHash']);
  for (const { outputs } of [first, second])
    expect(await hashInVault(outputs)).toBe(outputs['ConfigHash']);
  const versions = [first, second].map(({ outputs }) => outputs['PlanLambdaFunctionQualifiedArn']);
  expect(versions.map((arn) => arn?.split(':').at(-1))).toEqual(['1', '2']);
});

/** The `tiers` of the example, as they were deployed; the emulator makes no lifecycle of a template. */
async function movesOfData(): Promise<string[]> {
  const { TemplateBody } = await new CloudFormation().getTemplate({ StackName: 'holdfast-prod' });
  const { Resources } = JSON.parse(String(TemplateBody)) as Template;
  const lifecycle = Resources['VaultBucket']?.Properties['LifecycleConfiguration'] as Lifecycle;
  const { Transitions = [] } = lifecycle.Rules.find(({ Id }) => Id === 'tiers-of-data') ?? {};
  return Transitions.map((move) => `${move.TransitionInDays} ${move.StorageClass}`);
}

interface Lifecycle {
  readonly Rules: readonly {
    readonly Id: string;
    readonly Transitions?: readonly {
      readonly TransitionInDays: number;
      readonly StorageClass: string;
    }[];
  }[];
}

/** Schedules that CloudFormation has been told to enable. */
async function awakeStarters(): Promise<string[]> {
  const { TemplateBody } = await new CloudFormation().getTemplate({ StackName: 'holdfast-prod' });
  const { Resources } = JSON.parse(String(TemplateBody)) as Template;
  return Object.entries(Resources)
    .filter(([, { Type }]) => Type === 'AWS::Scheduler::Schedule')
    .filter(([, { Properties }]) => Properties['State'] === 'ENABLED')
    .map(([id]) => id);
}

const isConfigured = async (): Promise<boolean> => {
  const { KeyCount = 0 } = await new S3()
    .listObjectsV2({ Bucket: 'acme-backups-prod', Prefix: 'config/' })
    .catch(() => ({ KeyCount: 0 }));
  return KeyCount > 0;
};

/** Looks every quarter of a second whether a schedule may fire before there is a configuration. */
function watchStarters() {
  const early: string[] = [];
  let [templates, going] = [0, true];
  const watch = async () => {
    while (going) {
      const awake = await awakeStarters().catch(() => undefined);
      if (awake !== undefined) templates += 1;
      if (awake !== undefined && awake.length > 0 && !(await isConfigured())) early.push(...awake);
      await setTimeout(250);
    }
  };
  const watched = watch();
  return {
    async stop() {
      going = false;
      await watched;
      return { early: [...new Set(early)], templates };
    },
  };
}

async function hashInVault(outputs: Readonly<Record<string, string>>): Promise<string> {
  const { Body } = await new S3().getObject({
    Bucket: outputs['VaultBucket'],
    Key: `config/${outputs['ConfigHash']}.json`,
  });
  const text = await Body?.transformToString();
  return createHash('sha256').update(String(text)).digest('hex');
}
