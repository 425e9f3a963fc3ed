import { describe, expect, it } from 'vitest';
import type { Destination } from '../../../src/core/config/schema.ts';
import { text } from '../conformance/samples.ts';
import { type ScriptedRequest, scriptedStore } from './answers.ts';

async function requestTo(destination: Destination): Promise<ScriptedRequest> {
  const { store, requests } = await scriptedStore([{ status: 200 }], destination);
  await store.put('sets/orders/1', text('abc'), {
    ifAbsent: true,
    lockUntil: new Date('2026-11-21T02:00:00.001Z'),
  });
  return requests[0] ?? Promise.reject(new Error('nothing was sent'));
}

describe('S3 client', () => {
  it('asks AWS in the Region of the destination, by virtual host', async () => {
    const request = await requestTo({ url: 's3://acme/backups', region: 'eu-west-3' });
    expect(request.hostname).toBe('acme.s3.eu-west-3.amazonaws.com');
    expect(request.path).toBe('/backups/sets/orders/1');
  });

  it('asks a custom endpoint by virtual host, or by path when told', async () => {
    const endpoint = 'http://storage.example:7070';
    const virtual = await requestTo({ url: 's3://acme', endpoint });
    expect([virtual.hostname, virtual.path]).toEqual(['acme.storage.example', '/sets/orders/1']);
    const path = await requestTo({ url: 's3://acme', endpoint, pathStyle: true });
    expect([path.hostname, path.path]).toEqual(['storage.example', '/acme/sets/orders/1']);
    expect(path.port).toBe(7070);
    expect(path.headers['authorization']).toContain('/us-east-1/s3/');
  });

  it('sends the SHA-256 as checksum and in the signature, creates only, and no other checksum', async () => {
    const { headers } = await requestTo({ url: 's3://acme', region: 'us-east-1' });
    expect(headers).toMatchObject({
      'if-none-match': '*',
      'x-amz-checksum-sha256': 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
      'x-amz-content-sha256': 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    const checksums = Object.keys(headers).filter((name) => name.startsWith('x-amz-checksum-'));
    expect(checksums).toEqual(['x-amz-checksum-sha256']);
    expect(headers).not.toHaveProperty('x-amz-object-lock-mode');
    expect(headers).not.toHaveProperty('expect');
  });

  it('locks to the next whole second where a lock is configured', async () => {
    const lock = { mode: 'compliance', days: 7 } as const;
    const { headers } = await requestTo({ url: 's3://acme', region: 'us-east-1', lock });
    expect(headers).toMatchObject({
      'x-amz-object-lock-mode': 'COMPLIANCE',
      'x-amz-object-lock-retain-until-date': '2026-11-21T02:00:01Z',
    });
  });
});
