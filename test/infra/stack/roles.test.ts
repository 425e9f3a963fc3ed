import { describe, expect, it } from 'vitest';
import { type Permission, permissionsOf, wildcardsOf } from '../../../infra/stack/permissions.ts';
import { roleResources } from '../../../infra/stack/roles.ts';
import { manySources, stageOf } from './stage-of.ts';

const sources = `sources:
  orders:
    engine: postgres
    connection: secretsmanager:orders#url
    policies: { daily: { keep: { daily: 7 } } }
    drill: { server: ssm:/scratch/url }
  payroll:
    engine: postgres
    connection: secretsmanager:payroll#url
    policies: { daily: { keep: { daily: 7 } } }
    deploy: { isolation: payroll }
alerts:
  channels:
    bus: { sns: "arn:aws:sns:us-east-1:111122223333:backups" }
    oncall: { slack: ssm:/holdfast/slack }
`;

const permissions = (text: string): Permission[] => {
  const Resources = roleResources('prod', stageOf(text).config);
  return permissionsOf({ Resources });
};
const all = permissions(sources);
const of = (role: string) => all.filter((one) => one.role === `holdfast-prod-${role}`);
const may = (own: readonly Permission[], action: string): string[] =>
  own.filter(({ actions }) => actions.includes(action)).flatMap(({ resources }) => resources);
const vaultKeys = (own: readonly Permission[], action: string): string[] =>
  may(own, action).flatMap((resource) => resource.split(':::acme/backups/')[1] ?? []);

describe('the dump role', () => {
  it('creates manifests, key files and data of its own sources, and results', () => {
    expect(vaultKeys(of('dump-payroll'), 's3:PutObject')).toEqual([
      'sets/payroll/*/manifest.json',
      'sets/payroll/*/keys/*',
      'data/payroll/*',
      'results/*',
    ]);
  });

  it('deletes nothing of the vault and signs nothing', () => {
    const deletions = may(of('dump-payroll'), 's3:DeleteObject');
    expect(deletions.filter((resource) => !resource.includes(':::acme-leases/'))).toEqual([]);
    expect(may(of('dump-payroll'), 'kms:Sign')).toEqual([]);
  });

  it('uses the key for its own sources alone', () => {
    const key = of('dump-payroll').filter(({ actions }) => actions.includes('kms:Decrypt'));
    expect(key.map(({ conditions }) => conditions)).toEqual([
      ['kms:EncryptionContext:purpose = key-check'],
      ['kms:EncryptionContext:source = payroll'],
    ]);
  });

  it('reads the secrets of its own sources alone', () => {
    const secrets = may(of('dump-payroll'), 'secretsmanager:GetSecretValue').join();
    expect(secrets).toContain('secret:payroll-??????');
    expect(secrets).not.toContain('orders');
    expect(may(of('drill-shared'), 'ssm:GetParameter').join()).toContain('parameter/scratch/url');
  });
});

describe('the roles of a source on EFS', () => {
  const mounted = permissions(
    `${sources.replace(
      'alerts:',
      `  uploads:
    engine: files
    path: /srv/uploads
    policies: { daily: {} }
    deploy: { isolation: web, efs: { fileSystem: fs-0a1b2c3d, accessPoint: fsap-0a1b2c3d } }
alerts:`,
    )}`,
  );
  const mounts = mounted.filter(({ sid }) => sid === 'MountSources');
  const efs =
    'arn:$_{AWS::Partition}:elasticfilesystem:$_{AWS::Region}:$_{AWS::AccountId}:'.replaceAll(
      '$_',
      '$',
    );

  it('mount that file system through its access point alone, and a restore writes', () => {
    expect(
      mounts.map(({ role, actions }) => [role, actions.map((one) => one.split(':')[1])]),
    ).toEqual([
      ['holdfast-prod-dump-web', ['ClientMount']],
      ['holdfast-prod-restore-web', ['ClientMount', 'ClientWrite']],
    ]);
    for (const { resources, conditions } of mounts) {
      expect(resources).toEqual([`${efs}file-system/fs-0a1b2c3d`]);
      expect(conditions).toEqual([
        `elasticfilesystem:AccessPointArn = ${efs}access-point/fsap-0a1b2c3d`,
      ]);
    }
  });

  it('let the machine start the definition of that mount', () => {
    const run = (machine: string) =>
      may(
        mounted.filter(({ role }) => role === `holdfast-prod-${machine}-machine`),
        'ecs:RunTask',
      );
    expect(run('backup')).toHaveLength(3);
    expect(run('restore')).toContainEqual(
      expect.stringMatching(/task-definition\/holdfast-prod-restore-[0-9a-f]{8}:\*$/),
    );
  });
});

describe('the roles of a source that is a bucket', () => {
  const withBucket = (deploy: string) =>
    permissions(
      `${sources.replace(
        'alerts:',
        `  uploads:
    engine: files
    path: s3://acme-uploads/shop
    policies: { daily: {} }
    deploy: { isolation: web${deploy} }
alerts:`,
      )}`,
    );
  const own = withBucket('');
  const bucketOnes = (all: readonly Permission[]) =>
    all
      .filter(({ sid }) => /(Sources|Targets)$/.test(sid))
      .map(({ role, sid, actions, resources, conditions }) => [
        role,
        sid,
        actions.join(' '),
        resources.map((arn) => arn.split(':::')[1]).join(' '),
        ...conditions,
      ]);
  const reading = 's3:GetObject s3:GetObjectTagging';
  const putting = `${reading} s3:PutObject s3:PutObjectTagging s3:AbortMultipartUpload`;
  const dumping = [
    ...[
      ['ListSources', 's3:ListBucket', 'acme-uploads', 's3:prefix StringLike shop/*'],
      ['ReadSources', reading, 'acme-uploads/shop/*'],
    ].map((row) => ['holdfast-prod-dump-web', ...row]),
  ];

  it('list and read that prefix where it is dumped; put where it is restored, and nowhere else', () => {
    expect(bucketOnes(own)).toEqual([
      ...dumping,
      ...[
        ['ListTargets', 's3:ListBucket', 'acme-uploads', 's3:prefix StringLike shop/*'],
        ['FillTargets', putting, 'acme-uploads/shop/*'],
      ].map((row) => ['holdfast-prod-restore-web', ...row]),
    ]);
    expect(own.flatMap(wildcardsOf).filter(({ reason }) => reason === undefined)).toEqual([]);
  });

  it('put into the place that is configured for restores alone, where there is one', () => {
    expect(bucketOnes(withBucket(', restoreTo: s3://acme-restored/shop'))).toEqual([
      ...dumping,
      ...[
        ['ListTargets', 's3:ListBucket', 'acme-restored', 's3:prefix StringLike shop/*'],
        ['FillTargets', putting, 'acme-restored/shop/*'],
      ].map((row) => ['holdfast-prod-restore-web', ...row]),
    ]);
  });

  it('delete nothing of either', () => {
    const deleting = own.filter(({ actions }) => actions.some((one) => /Delete/.test(one)));
    expect(deleting.flatMap(({ resources }) => resources).join()).not.toContain('acme-uploads');
  });
});

describe('separate duties', () => {
  it('only retention deletes in the vault', () => {
    const roles = all
      .filter(({ actions }) => actions.some((action) => action.startsWith('s3:Delete')))
      .filter(({ resources }) => resources.some((each) => each.includes(':::acme/')))
      .map(({ role }) => role);
    expect(new Set(roles)).toEqual(new Set(['holdfast-prod-retain']));
  });

  it('who signs makes no manifests, and the other way round', () => {
    const signers = new Set(
      all.filter(({ actions }) => actions.includes('kms:Sign')).map(({ role }) => role),
    );
    expect(signers.size).toBeGreaterThan(3);
    const makers = all
      .filter(({ actions }) => actions.includes('s3:PutObject'))
      .filter(({ resources }) => resources.some((each) => each.endsWith('manifest.json')))
      .map(({ role }) => role);
    expect(makers.length).toBeGreaterThan(1);
    expect(makers.filter((role) => signers.has(role))).toEqual([]);
  });

  it('nobody overrules a lock, and only dumps and retention extend one', () => {
    expect(may(all, 's3:BypassGovernanceRetention')).toEqual([]);
  });

  it('only who tells people reads the secrets of channels', () => {
    const readers = all.filter(({ resources }) => resources.join().includes('holdfast/slack'));
    expect(readers.map(({ role }) => role)).toEqual([
      'holdfast-prod-health',
      'holdfast-prod-notify',
    ]);
    expect(may(of('notify'), 'sns:Publish')).toEqual([
      'arn:aws:sns:us-east-1:111122223333:backups',
    ]);
  });

  it('a machine passes the roles of its own tasks alone', () => {
    expect(may(of('drill-machine'), 'iam:PassRole')).toEqual([
      'TaskExecutionRole.Arn',
      expect.stringMatching(/^DrillTaskRole/),
      expect.stringMatching(/^DrillTaskRole/),
    ]);
    expect(may(of('health-machine'), 'iam:PassRole')).toEqual([]);
  });
});

describe('wildcards', () => {
  it.each([
    ['of named sources', sources],
    ['of a group too large to be named', manySources(2000, { groups: 1 })],
  ])('%s are explained, each', { timeout: 60_000 }, (_name, text) => {
    const found = permissions(text).flatMap(wildcardsOf);
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(({ reason }) => reason === undefined)).toEqual([]);
  });

  it.each([
    [{ actions: ['s3:*'], resources: ['arn:aws:s3:::acme/vault.json'] }],
    [{ actions: ['s3:GetObject'], resources: ['*'] }],
    [{ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::*/sets/*'] }],
    [{ actions: ['iam:PassRole'], resources: ['arn:aws:iam::1:role/*'] }],
    [{ actions: ['kms:Decrypt'], resources: ['arn:aws:kms:us-east-1:1:key/*'] }],
  ])('%j is none that is explained', (given) => {
    const permission = { role: 'any', sid: 'Any', conditions: [], ...given };
    expect(wildcardsOf(permission).filter(({ reason }) => reason === undefined)).toHaveLength(1);
  });

  it('of a large group name its secrets by their folder', () => {
    const own = permissions(manySources(2000, { groups: 1 }));
    const secrets = may(own, 'secretsmanager:GetSecretValue');
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toContain('secret:databases/*');
  });

  it('of a large group are none where its secrets lie in no folder', () => {
    const text = manySources(2000, { groups: 1 }).replaceAll('databases/', '');
    expect(() => permissions(text)).toThrow('2000 secrets of the group "g0" do not fit');
  });
});

describe('policies', () => {
  it('stay within what IAM takes', { timeout: 60_000 }, () => {
    const Resources = roleResources('prod', stageOf(manySources(2000, { groups: 3 })).config);
    const sizes = Object.values(Resources).map(
      ({ Properties }) => JSON.stringify(Properties['Policies']).length,
    );
    expect(Math.max(...sizes)).toBeLessThan(10_240);
  });
});
