import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStage, type Stage } from '../../../infra/stack/stage.ts';
import { stackValues } from '../../../infra/stack/values.ts';
import { readText } from './read-text.ts';

const text = `vault:
  primary: { url: s3://acme/backups, region: us-east-1, lock: { mode: governance, days: 7 } }
  copies: [{ name: west, url: s3://acme-west/backups, region: us-west-2, by: s3-replication, keep: { daily: 30 } }]
  leases: { url: s3://acme-leases, region: us-east-1 }
  encryption: { recipients: [{ kms: stack }] }
  signing: { kms: stack }
deploy: { recovery: { region: us-west-2 } }
sources:
  orders:
    engine: postgres
    connection: secretsmanager:orders#url
    policies: { hourly: { schedule: rate(1 hour), on: [{ source: [ci] }], keep: { daily: 7 } } }
    drill: { schedule: rate(7 days) }
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(file: string, stage: string): Promise<Stage> {
  const path = join(folder, 'holdfast.yaml');
  await writeFile(path, file);
  return readStage(path, stage);
}
const valuesOf = async (stage: string) => stackValues(await read(text, stage));
const ofType = (values: Awaited<ReturnType<typeof stackValues>>, type: string) =>
  Object.keys(values.resources).filter((id) => values.resources[id]?.Type === type);
const alias = {
  'Fn::Sub': `arn:\${AWS::Partition}:kms:us-west-2:\${AWS::AccountId}:alias/holdfast-prod-recovery-vault`,
};

describe('the recovery stack', () => {
  it('lies in its Region, reads the copy, and is pinned to a configuration of its own', async () => {
    const stage = await read(text, 'prod-recovery');
    const values = await stackValues(stage);
    expect(values.region).toBe('us-west-2');
    expect(values.vault).toMatchObject({ bucket: 'acme-west', leases: 'acme-west-leases' });
    expect(JSON.stringify([values, stage.deployed.text])).not.toMatch(
      /us-east-1|acme\/|acme-leases/,
    );
    expect(readText(stage.deployed.text)).toEqual(stage.config);
  });

  it('stands by: it looks how things are, retains and drills what is there, and backs up nothing', async () => {
    const values = await valuesOf('prod-recovery');
    const schedules = ofType(values, 'AWS::Scheduler::Schedule');
    const described = schedules.map((id) => values.resources[id]?.Properties['Description']);
    expect(described).toEqual([
      'cron(0 4 * * ? *) UTC: orders retain',
      'cron(0 6 ? * SUN *) UTC: orders drill',
      'The dead-man check, escalation, the digest.',
    ]);
    expect(ofType(values, 'AWS::Events::Rule')).toEqual([]);
    expect(ofType(values, 'AWS::CloudWatch::Alarm')).toEqual(['SilentAlarm', 'StaleAlarm']);
    expect(values.replication).toEqual({ Ref: 'AWS::NoValue' });
  });

  it('retains the copy by a role of its own, by the keep of the copy', async () => {
    const stage = await read(text, 'prod-recovery');
    const { resources } = await stackValues(stage);
    const statements = statementsIn(resources['RetainFunctionRole']?.Properties);
    const [remove] = statements.filter(({ Sid }) => Sid === 'Remove');
    expect(remove?.Action).toContain('s3:DeleteObject');
    expect(JSON.stringify(remove)).toContain('acme-west/backups/data/*');
    expect(stage.config.vault.primary.keep).toEqual({ daily: 30 });
  });

  it.each([
    ['rate(3 days)', ['cron(0 4 * * ? *)', 'rate(3 days)', 'rate(5 minutes)']],
    ['off', ['cron(0 4 * * ? *)', 'rate(5 minutes)']],
  ])('drills as it is told to: %s', async (drills, expected) => {
    const file = text.replace(
      '{ region: us-west-2 } }',
      `{ region: us-west-2, drills: ${drills} } }`,
    );
    const values = await stackValues(await read(file, 'prod-recovery'));
    const schedules = ofType(values, 'AWS::Scheduler::Schedule');
    const expressions = schedules.map(
      (id) => values.resources[id]?.Properties['ScheduleExpression'],
    );
    expect(expressions).toEqual(expected);
  });

  it('opens by the key that it makes, under the name by which sets are made for it', async () => {
    const values = await valuesOf('prod-recovery');
    expect(values.environment['HOLDFAST_RECOVERY_KEY_ARN']).toEqual(alias);
    expect(values.outputs['RecoveryKeyArn']).toEqual({ Value: alias });
    const restore = JSON.stringify(values.resources['RestoreTaskRoleShared']);
    expect(restore).toContain('"kms:Decrypt"');
    expect(restore).toContain('{"Fn::GetAtt":["VaultKey","Arn"]}');
    expect(restore).not.toContain('WrapForRecovery');
  });

  it.each([
    [
      'recovery: { region: us-west-2 } }\nalerts: { channels: { bus: { sns: "arn:aws:sns:us-east-1:111122223333:x" } } }',
      'alerts.channels.bus.sns: is of us-east-1; name one of us-west-2 under stages.prod-recovery',
    ],
    [
      'recovery: { region: us-west-2 }, network: { subnets: [subnet-1, subnet-2], securityGroups: [sg-1] } }',
      'deploy.network.subnets: is of us-east-1',
    ],
  ])('is refused with what lies in the first Region: %s', async (deploy, expected) => {
    const file = text.replace('recovery: { region: us-west-2 } }', deploy);
    await expect(read(file, 'prod')).resolves.toMatchObject({ stage: 'prod' });
    await expect(read(file, 'prod-recovery')).rejects.toThrow(expected);
  });

  it('is refused with a file system of the first Region', async () => {
    const uploads = `  uploads:
    engine: files
    path: /srv
    policies: { daily: { keep: { daily: 7 } } }
    deploy: { efs: { fileSystem: fs-0a1b2c3d, accessPoint: fsap-0a1b2c3d } }
`;
    const file = text
      .replace('sources:\n', `sources:\n${uploads}`)
      .replace(
        'recovery: { region: us-west-2 } }',
        'recovery: { region: us-west-2 }, network: { subnets: [subnet-1, subnet-2], securityGroups: [sg-1] } }',
      );
    await expect(read(file, 'prod')).resolves.toMatchObject({ stage: 'prod' });
    await expect(read(file, 'prod-recovery')).rejects.toThrow(
      'sources.uploads.deploy.efs.fileSystem: is of us-east-1',
    );
  });
});

describe('the first stack', () => {
  it('sends what a restore needs to the copy, and neither how things stand nor deletions', async () => {
    const { replication } = await valuesOf('prod');
    const { Rules } = replication as { Rules: readonly Rule[] };
    expect(Rules.map(({ Filter }) => Filter.Prefix)).toEqual([
      'backups/vault.json',
      'backups/vault-keys/',
      'backups/signers/',
      'backups/data/',
      'backups/sets/',
    ]);
    expect(new Set(Rules.map(({ Priority }) => Priority)).size).toBe(Rules.length);
    for (const { DeleteMarkerReplication, Destination } of Rules) {
      expect(DeleteMarkerReplication).toEqual({ Status: 'Disabled' });
      expect(Destination.Bucket['Fn::Sub']).toMatch(/:s3:::acme-west$/);
      expect(Destination.Metrics).toEqual({ Status: 'Enabled', EventThreshold: { Minutes: 15 } });
    }
  });

  it('replicates in a role that can neither delete nor read elsewhere', async () => {
    const { resources } = await valuesOf('prod');
    const role = JSON.stringify(resources['ReplicationRole']);
    for (const action of ['GetObjectRetention', 'GetObjectLegalHold', 'ReplicateObject'])
      expect(role).toContain(`"s3:${action}"`);
    expect(role).not.toMatch(/Delete|state\/|results\/|s3:\*/);
  });

  it('deletes nothing in the copy: its retention may read there, and hold', async () => {
    const { resources } = await valuesOf('prod');
    const statements = statementsIn(resources['RetainFunctionRole']?.Properties);
    const there = statements.filter((each) => JSON.stringify(each).includes('acme-west'));
    expect(there.map(({ Sid }) => Sid)).toEqual(['Listwest', 'Readwest', 'Createwest']);
    expect(JSON.stringify(there)).not.toContain('Delete');
    const [create] = there.filter(({ Sid }) => Sid === 'Createwest');
    expect(JSON.stringify(create)).toContain('acme-west/backups/sets/*/*/attestations/*');
  });

  it('has a role for the job that sends what is older than the rule, and it does no more', async () => {
    const { resources } = await valuesOf('prod');
    const role = JSON.stringify(resources['BatchReplicationRole']);
    expect(role).toContain('"RoleName":"holdfast-prod-batch-replication"');
    expect(role).toContain('batchoperations.s3.amazonaws.com');
    const actions = statementsIn(resources['BatchReplicationRole']?.Properties);
    expect(actions.flatMap(({ Action }) => Action)).toEqual([
      's3:InitiateReplication',
      's3:GetReplicationConfiguration',
      's3:PutInventoryConfiguration',
    ]);
  });

  it('has an alarm for what lags and for what failed, over every rule', async () => {
    const { resources } = await valuesOf('prod');
    for (const id of ['ReplicationLagAlarm', 'ReplicationFailedAlarm']) {
      expect(resources[id]?.Properties['Metrics']).toHaveLength(6);
    }
  });

  it('wraps for the recovery key by its alias alone, and never opens by it', async () => {
    const { resources, environment } = await valuesOf('prod');
    expect(environment['HOLDFAST_RECOVERY_KEY_ARN']).toEqual(alias);
    const dump = JSON.stringify(resources['DumpTaskRoleShared']);
    expect(dump).toContain('"kms:RequestAlias":"alias/holdfast-prod-recovery-vault"');
    const statements = statementsIn(resources['DumpTaskRoleShared']?.Properties);
    const [wrap] = statements.filter(({ Sid }) => Sid === 'WrapForRecovery');
    expect(wrap?.Action).toEqual(['kms:GenerateDataKey', 'kms:Encrypt']);
    expect(JSON.stringify(resources['RestoreTaskRoleShared'])).not.toContain('us-west-2');
    expect(JSON.stringify(resources['HealthFunctionRole'])).toContain('WatchRecoveryKey');
  });
});

interface Rule {
  readonly Priority: number;
  readonly Filter: { readonly Prefix: string };
  readonly DeleteMarkerReplication: object;
  readonly Destination: {
    readonly Bucket: { readonly 'Fn::Sub': string };
    readonly Metrics: object;
  };
}

interface Statement {
  readonly Sid: string;
  readonly Action: readonly string[];
}

function statementsIn(properties: unknown): readonly Statement[] {
  const { Policies } = properties as {
    Policies: { PolicyDocument: { Statement: readonly Statement[] } }[];
  };
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}
