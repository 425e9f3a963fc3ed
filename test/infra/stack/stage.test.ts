import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readStage } from '../../../infra/stack/stage.ts';
import { readText } from './read-text.ts';
import { vault } from './stage-of.ts';

const sources = `sources:
  orders:
    engine: postgres
    connection: secretsmanager:orders#url
    policies: { daily: { keep: { daily: 7 } } }
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(text: string, stage = 'prod') {
  const file = join(folder, 'holdfast.yaml');
  await writeFile(file, text);
  return readStage(file, stage);
}

describe('readStage', () => {
  it('pins what is deployed by its hash, the same for the same configuration', async () => {
    const first = await read(vault + sources);
    const second = await read(`${sources}\n# the order of keys is nobody's business\n${vault}`);
    expect(first.deployed.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(second.deployed.sha256).toBe(first.deployed.sha256);
    const third = await read((vault + sources).replace('daily: 7', 'daily: 8'));
    expect(third.deployed.sha256).not.toBe(first.deployed.sha256);
  });

  it('deploys what a function reads as the same configuration', async () => {
    const { config, deployed } = await read(vault + sources);
    expect(readText(deployed.text)).toEqual(config);
  });

  it('lays the stage over the rest and leaves the others out', async () => {
    const stages = 'stages:\n  prod: { retention: { floor: 5 } }\n  test: {}\n';
    const { config, deployed } = await read(vault + sources + stages);
    expect(config.retention.floor).toBe(5);
    expect(deployed.text).not.toContain('stages');
    await expect(read(vault + sources + stages, 'live')).rejects.toThrow('live');
  });

  it('puts public keys into the configuration: functions have no file of them', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = String(publicKey.export({ type: 'spki', format: 'pem' }));
    await writeFile(join(folder, 'escrow.pem'), pem);
    const text = (vault + sources).replace(
      '[{ kms: stack }]',
      '[{ kms: stack }, { rsa: escrow.pem }]',
    );
    expect(JSON.parse((await read(text)).deployed.text).vault.encryption.recipients).toEqual([
      { kms: 'stack' },
      { rsa: pem },
    ]);
    await rm(join(folder, 'escrow.pem'));
    await expect(read(text)).rejects.toThrow(/RSA key .*escrow\.pem could not be read/);
  });

  it('refuses a name that does not fit into those of AWS', async () => {
    await expect(read(vault + sources, 'Production!')).rejects.toMatchObject({
      code: 'STAGE_INVALID',
    });
  });
});

describe('what one machine can have and the deployed form cannot', () => {
  it.each([
    [
      'secretsmanager:orders#url',
      'env:ORDERS',
      'sources.orders.connection: env: is of one machine',
    ],
    ['secretsmanager:orders#url', 'file:url', 'sources.orders.connection: file: is of one machine'],
    ['s3://acme/backups, region: us-east-1', 's3://acme/backups', 'vault.primary.region: missing'],
    ['  leases: { url: s3://acme-leases, region: us-east-1 }\n', '', 'vault.leases: missing'],
    ['url: s3://acme-leases', 'url: s3://acme/backups', 'vault.leases.url: the vault itself'],
    ['[{ kms: stack }]', '[{ aes: ssm:/key }]', 'vault.encryption.recipients: no KMS key'],
    ['  signing: { kms: stack }\n', '', 'vault.signing: expected { kms: stack }'],
  ])('%s → %s: %s', async (from, to, expected) => {
    const text = (vault + sources).replace(from, to);
    expect(text).not.toBe(vault + sources);
    await expect(read(text)).rejects.toMatchObject({
      code: 'CONFIG_NOT_DEPLOYABLE',
      message: expect.stringContaining(expected),
    });
  });

  const cluster = (
    more: string,
    control = 'ssm: { instance: i-0a1b2c3d, stop: [s], start: [s] }',
  ) =>
    `clusters:
  orders:
    engine: postgres
    nodes:
      a: { connection: ssm:/a, control: { ${control} } }
      b: { connection: ssm:/b }
    application: ssm:/app
    ${more}
`;
  const rfc2136 =
    '{ provider: rfc2136, server: "127.0.0.1:53", key: ssm:/k, zone: a.test, name: db, values: { a: 10.0.0.1, b: 10.0.0.2 } }';

  it.each([
    [
      'clusters.orders.nodes.a.control: of one machine',
      cluster('', 'local: { stop: [s], start: [s] }'),
    ],
    [
      'clusters.orders.nodes.a.control: of one machine',
      cluster('', 'ssh: { host: a, stop: [s], start: [s] }'),
    ],
    ['clusters.orders.dns[0].provider: rfc2136 needs programs', cluster(`dns: [${rfc2136}]`)],
    [
      'clusters.orders.drill: drills of failovers run on one machine',
      cluster('source: orders\n    drill: { schedule: "rate(1 day)" }'),
    ],
    ['clusters.orders.freeze[0].command: of one machine', cluster('freeze: [{ command: [x] }]')],
    [
      'clusters.orders.activate[0].command: of one machine',
      cluster('activate: [{ command: [x] }]'),
    ],
    [
      'deploy.network.endpoints: functions of clusters',
      `${cluster('')}deploy: { network: { endpoints: true } }\n`,
    ],
    [
      'deploy.network.publicIp: functions of clusters',
      `${cluster('')}deploy: { network: { subnets: [subnet-0a, subnet-0b], securityGroups: [sg-0a], publicIp: true } }\n`,
    ],
  ])('of a cluster: %s', async (expected, text) => {
    await expect(read(vault + sources + text)).rejects.toThrow(expected);
  });

  it('a cluster whose nodes are reached by Systems Manager is none of that', async () => {
    const { config } = await read(vault + sources + cluster('freeze: [{ source: orders }]'));
    expect(Object.keys(config.clusters)).toEqual(['orders']);
  });

  const files = (more: string) =>
    `${vault}sources: { uploads: { engine: files, path: /srv, policies: { daily: {} }, ${more} } }\n`;
  const efs = 'deploy: { efs: { fileSystem: fs-0a1b2c3d, accessPoint: fsap-0a1b2c3d } }';

  it.each([
    ['', 'sources.uploads.path: a directory of one machine; expected deploy: { efs: {'],
    [`${efs}, `, 'deploy.network.subnets: missing; the tasks have to be where the mount targets'],
    [`${efs}, drill: { server: /big }`, 'sources.uploads.drill.server: a directory of one machine'],
  ])('a directory with %s: %s', async (more, expected) => {
    await expect(read(files(more))).rejects.toThrow(expected);
  });

  it('more mounts than a policy can name', async () => {
    const sources = Array.from({ length: 21 }, (_, n) => {
      const own = efs.replace('fsap-0a1b2c3d', `fsap-0a1b2c${10 + n}`);
      return `  s${n}: { engine: files, path: /srv/${n}, policies: { daily: {} }, ${own} }\n`;
    });
    const text = `${vault}sources:\n${sources.join('')}`;
    await expect(read(text)).rejects.toThrow('sources: 21 mounts, at most 20');
  });

  it('names all of them at once, each by its path', async () => {
    const alerts = 'alerts: { channels: { a: { slack: env:A }, b: { slack: file:b } } }\n';
    const error = await read(vault + sources + alerts).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ exitCode: 2 });
    expect(String(error)).toContain('alerts.channels.a.slack: env:');
    expect(String(error)).toContain('alerts.channels.b.slack: file:');
  });
});
