/** The stage `prod-recovery`: what a stack in another Region works with while the first Region is dark. */
import { describe, expect, it } from 'vitest';
import { parseConfig, readConfig } from '../../../src/core/config/parse.ts';
import { recoveryConfig } from '../../../src/core/config/recovery.ts';
import { recoveryStage } from '../../../src/core/config/stages.ts';
import { good, options, problems } from './example.ts';

const vault = `vault:
  primary: { url: s3://acme/backups, region: us-east-1, lock: { mode: governance, days: 7 } }
  copies:
    - { name: near, url: s3://acme-near, region: us-east-2, by: holdfast }
    - { name: west, url: s3://acme-west/backups, region: us-west-2, by: s3-replication, keep: { daily: 7 } }
  leases: { url: s3://acme-leases, region: us-east-1 }
  encryption:
    recipients: [{ kms: stack }, { kms: "arn:aws:kms:us-east-1:1:key/a" }, { kms: "arn:aws:kms:eu-west-1:1:key/b" }, { rsa: escrow.pem }]
  signing: { kms: stack }
`;
const rest = good.slice(good.indexOf('sources:'), good.indexOf('stages:'));
const images = '{ dump: "1.dkr.ecr.us-east-1.amazonaws.com/dump:1", drill: "docker.io/drill:1" }';
const deploy = `deploy: { recovery: { region: us-west-2 }, images: ${images} }\n`;
const text = vault + rest + deploy;

const read = (file: string, stage?: string) => readConfig(file, { ...options, stage });

describe('the stage of the recovery Region', () => {
  it('has the copy as its vault, locked as the first one, and leases of its own', () => {
    const { config, recovers } = read(text, 'prod-recovery');
    expect(recovers).toBe('prod');
    expect(config.vault).toMatchObject({
      primary: {
        url: 's3://acme-west/backups',
        region: 'us-west-2',
        lock: { mode: 'governance', days: 7 },
      },
      copies: [],
      leases: { url: 's3://acme-west-leases', region: 'us-west-2' },
    });
    expect(config.vault.primary.keep).toEqual({ daily: 7 });
    expect(config.deploy.recovery).toBeUndefined();
    expect(config.deploy.standby).toEqual({
      retention: 'cron(0 4 * * ? *)',
      drills: 'cron(0 6 ? * SUN *)',
      timezone: 'UTC',
    });
  });

  it('is told what it does by itself: beside `recovery` that is refused, for else nothing backed up', () => {
    const told = '{ recovery: { region: us-west-2 }, standby: { drills: off } }';
    const file = `${vault + rest}deploy: ${told}\n`;
    expect(problems(file, 'prod').join()).toContain(
      'deploy.standby: belongs under `stages`, of the recovery stack alone',
    );
    const stages =
      'stages:\n  prod: {}\n  prod-recovery: { deploy: { standby: { drills: off } } }\n';
    expect(read(text + stages, 'prod-recovery').config.deploy.standby?.drills).toBe('off');
  });

  it('opens by its own key, by those of other Regions, and by no key of the first', () => {
    const { vault: there } = read(text, 'prod-recovery').config;
    expect(there.encryption.recipients).toEqual([
      { kms: 'recovery' },
      { kms: 'arn:aws:kms:eu-west-1:1:key/b' },
      { rsa: 'escrow.pem' },
    ]);
    expect(there.signing).toEqual({ kms: 'stack' });
  });

  it('takes images from the registry of its own Region', () => {
    expect(read(text, 'prod-recovery').config.deploy.images).toEqual({
      dump: '1.dkr.ecr.us-west-2.amazonaws.com/dump:1',
      drill: 'docker.io/drill:1',
    });
    const without = read(text.replace(`, images: ${images}`, ''), 'prod-recovery');
    expect(without.config.deploy.images).toEqual({});
  });

  it('is what the file says of it, laid over that', () => {
    const stages = `stages:
  prod: { retention: { floor: 5 } }
  prod-recovery: { alerts: { channels: { oncall: { slack: env:WEST } } }, sources: { uploads: null } }
`;
    const { config } = read(text + stages, 'prod-recovery');
    expect(config.retention.floor).toBe(5);
    expect(config.alerts.channels['oncall']).toEqual({ slack: 'env:WEST' });
    expect(Object.keys(config.sources)).toEqual(['orders']);
    expect(read(text + stages.split('\n').slice(0, 2).join('\n'), 'prod-recovery').recovers).toBe(
      'prod',
    );
  });

  it('says where the file is wrong of it', () => {
    const stages = 'stages:\n  prod: {}\n  prod-recovery: { retention: { flor: 1 } }\n';
    expect(problems(text + stages, 'prod-recovery').join()).toContain(
      'retention.flor: unknown key',
    );
    const broken = text.replace('engine: files', 'engine: fils');
    expect(problems(broken, 'prod-recovery').join()).toContain('sources.uploads.engine');
  });

  it('is a stage like any other where nothing stands by', () => {
    const stages = 'stages:\n  prod: {}\n  own-recovery: { retention: { floor: 2 } }\n';
    const { config, recovers } = read(text + stages, 'own-recovery');
    expect([recovers, config.retention.floor]).toEqual([undefined, 2]);
    expect(read(text.replace(deploy, 'deploy: {}\n'), 'prod-recovery').recovers).toBeUndefined();
    expect(problems(`${text}stages: [prod]\n`, 'prod-recovery').join()).toContain(
      'expected a mapping',
    );
    expect(recoveryStage('prod')).toBe('prod-recovery');
  });

  it('keeps a vault without lock without one, and needs a copy to be another', () => {
    const open = text.replace(', lock: { mode: governance, days: 7 }', '');
    expect(read(open, 'prod-recovery').config.vault.primary.lock).toBeUndefined();
    const config = parseConfig(vault + rest, options);
    expect(recoveryConfig(config)).toBe(config);
  });
});

describe('a stage with a recovery Region', () => {
  it('makes every set for its key too, said or not', () => {
    const added = parseConfig(text, options).vault.encryption.recipients;
    expect(added?.at(-1)).toEqual({ kms: 'recovery' });
    const said = text.replace('[{ kms: stack },', '[{ kms: recovery }, { kms: stack },');
    const recipients = parseConfig(said, options).vault.encryption.recipients ?? [];
    expect(recipients[0]).toEqual({ kms: 'recovery' });
    expect(recipients).toHaveLength(5);
  });

  it('adds nothing where one key is everything', () => {
    const one = text.replace(/ {2}encryption:\n.*\n/, '  encryption: { key: env:KEY }\n');
    expect(parseConfig(one, options).vault.encryption).toEqual({ key: 'env:KEY' });
    expect(read(one, 'prod-recovery').config.vault.encryption.recipients).toEqual([
      { kms: 'recovery' },
    ]);
  });

  it.each([
    [
      'region: us-west-2 }, images',
      'region: us-east-1 }, images',
      'us-east-1 is the Region of the vault',
    ],
    [
      'by: s3-replication',
      'by: holdfast',
      'deploy.recovery: no copy lies in us-west-2; expected under vault.copies: { name: …, url: s3://…, region: us-west-2, by: s3-replication }',
    ],
    ['region: us-west-2, by', 'region: eu-west-1, by', 'no copy lies in us-west-2'],
    [
      's3://acme-west/backups',
      's3://acme-west',
      'replication keeps the keys of the vault; expected s3://acme-west/backups/',
    ],
  ])('%s → %s: %s', (from, to, expected) => {
    expect(text).toContain(from);
    expect(problems(text.replace(from, to)).join('\n')).toContain(expected);
  });
});
