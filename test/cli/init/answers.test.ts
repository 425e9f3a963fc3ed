import { describe, expect, it } from 'vitest';
import { channels } from '../../../src/channels/index.ts';
import {
  databaseAnswer,
  filesAnswer,
  refuseVaultInside,
  vaultAnswer,
} from '../../../src/cli/init/answers.ts';
import { firstConfiguration } from '../../../src/cli/init/first-configuration.ts';
import { readConfig } from '../../../src/core/config/parse.ts';
import { engines } from '../../../src/engines/index.ts';

describe('databaseAnswer', () => {
  it('puts a URL with a password into a file and refers to it', () => {
    expect(databaseAnswer('postgres://me:hunter2@db/Shop Orders', {})).toEqual({
      name: 'shop-orders',
      all: false,
      connection: 'file:.holdfast/secrets/shop-orders-url',
      secret: { file: 'secrets/shop-orders-url', text: 'postgres://me:hunter2@db/Shop Orders\n' },
    });
  });

  it('keeps a reference, named after the database that it leads to', () => {
    const environment = { DATABASE_URL: 'postgres://me:hunter2@db/orders' };
    expect(databaseAnswer('env:DATABASE_URL', environment)).toEqual({
      name: 'orders',
      all: false,
      connection: 'env:DATABASE_URL',
    });
  });

  it('takes all databases where the URL names none', () => {
    expect(databaseAnswer('postgres://db', {})).toMatchObject({ name: 'database', all: true });
  });

  it('never repeats what it does not understand', () => {
    expect(() => databaseAnswer('hunter2', {})).toThrow(
      /^--postgres not understood: neither a URL/,
    );
  });
});

describe('filesAnswer', () => {
  it('leaves the keys beside the configuration out of their own backup', () => {
    const answer = filesAnswer('/', { folder: '/tmp', taken: undefined });
    expect(answer).toEqual({ name: 'files', path: '/', exclude: ['tmp/.holdfast/**'] });
  });

  it('refuses a directory that is not there', () => {
    expect(() => filesAnswer('/no/such', { folder: '/', taken: undefined })).toThrow(
      '--files not usable: /no/such does not exist',
    );
  });

  it('refuses a vault inside what is backed up', () => {
    const files = { name: 'a', path: '/tmp', exclude: [] };
    expect(() => refuseVaultInside('file:///tmp/vault', files)).toThrow('lies inside /tmp');
    expect(() => refuseVaultInside('file:///var/vault', files)).not.toThrow();
  });
});

it.each([
  ['vault', 'file:///srv/shop/vault'],
  ['/var/b', 'file:///var/b'],
  ['s3://bucket/prefix', 's3://bucket/prefix'],
])('reads the vault %s', (given, expected) => {
  expect(vaultAnswer(given, '/srv/shop')).toBe(expected);
});

it('writes a configuration that is read without a warning', () => {
  const text = firstConfiguration({
    vault: { url: 's3://bucket/prefix', endpoint: 'http://127.0.0.1:7070' },
    key: 'file:.holdfast/key',
    schema: '.holdfast/holdfast.schema.json',
    postgres: { name: 'orders', connection: 'env:DATABASE_URL', all: true },
    files: { name: 'odd', path: '/srv/with: colon #and "quotes"', exclude: ['a b/**'] },
  });
  const { config, warnings } = readConfig(text, { file: 'holdfast.yaml', engines, channels });
  expect(warnings).toEqual([]);
  expect(config.sources['odd']).toMatchObject({ path: '/srv/with: colon #and "quotes"' });
  expect(config.vault.primary).toMatchObject({ pathStyle: true });
});
