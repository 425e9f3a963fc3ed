import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProbeFinding } from '../../../src/core/ports/store.ts';
import { createUser } from '../../servers/iam-user.ts';
import { startMinistack } from '../../servers/ministack.ts';
import type { S3Server } from '../../servers/versitygw.ts';
import { createBucket, openIn } from './buckets.ts';

const everything = [
  's3:PutObject',
  's3:GetObject',
  's3:AbortMultipartUpload',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:ListBucket',
  's3:ListBucketVersions',
  's3:ListBucketMultipartUploads',
  's3:GetBucketVersioning',
];

describe('S3 store whose user may not do everything', () => {
  let server: S3Server;
  let bucket = '';
  let users = 0;
  beforeAll(async () => {
    server = await startMinistack({ auth: true });
    bucket = await createBucket(server, 'versioned');
  });
  afterAll(() => server.stop());

  async function probeWithout(...missing: string[]): Promise<ProbeFinding[]> {
    users += 1;
    const actions = everything.filter((action) => !missing.includes(action));
    const credentials = await createUser(server, `user-${users}`, policyFor(bucket, actions));
    const store = await openIn(server, { url: `s3://${bucket}/vault` }, { credentials });
    const { findings } = await store.probe();
    return findings.filter(({ level }) => level === 'error');
  }

  it('is content with the policy of the documentation', async () => {
    expect(await probeWithout()).toEqual([]);
  });

  it.each([
    ['s3:PutObject', 'write', `arn:aws:s3:::BUCKET/vault/*`],
    ['s3:GetObject', 'read', `arn:aws:s3:::BUCKET/vault/*`],
    ['s3:DeleteObjectVersion', 'delete', `arn:aws:s3:::BUCKET/vault/*`],
    ['s3:ListBucketVersions', 'delete', `arn:aws:s3:::BUCKET`],
    ['s3:ListBucketMultipartUploads', 'sweep', `arn:aws:s3:::BUCKET`],
  ])('says without %s which statement grants it', async (action, subject, arn) => {
    const [finding] = (await probeWithout(action)).filter((found) => found.subject === subject);
    const statement = {
      Effect: 'Allow',
      Action: [action],
      Resource: arn.replace('BUCKET', bucket),
    };
    expect(finding).toMatchObject({
      level: 'error',
      detail: expect.stringContaining('AccessDenied'),
      fix: expect.stringContaining(JSON.stringify(statement)),
    });
  });
});

function policyFor(bucket: string, actions: readonly string[]): object {
  const arn = `arn:aws:s3:::${bucket}`;
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: [arn, `${arn}/vault/*`] }],
  };
}
