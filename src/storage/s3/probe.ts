/** What `check` finds out about a bucket: whether it works, and how well it keeps. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectLockConfigurationCommand } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.ts';
import { layout } from '../../core/layout.ts';
import type { ObjectStore, ProbeFinding, ProbeReport } from '../../core/ports/store.ts';
import { failedFinding, probeObject } from '../probe-object.ts';
import { ask, type Bucket } from './bucket.ts';
import { tierFindings } from './tiers.ts';
import { readVersioning } from './versions.ts';

/** How long the probe of a lock keeps its object, and how long until it is surely over. */
const lockSeconds = 3;
const expirySeconds = 5;

export async function probeBucket(store: ObjectStore, bucket: Bucket): Promise<ProbeReport> {
  const findings = await probeObject(store);
  if (findings[0]?.level === 'error') return { findings };
  const versioning = await versioningFinding(bucket).catch((error: unknown) =>
    failedFinding('versioning', error),
  );
  const lock = await lockFinding(store, bucket).catch((error: unknown) =>
    failedFinding('lock', error),
  );
  return { findings: [...findings, versioning, lock, ...(await tierFindings(bucket))] };
}

async function versioningFinding(bucket: Bucket): Promise<ProbeFinding> {
  const subject = 'versioning';
  const status = await readVersioning(bucket).catch((error: unknown) => {
    if (error instanceof HoldfastError && error.code === 'STORE_UNSUPPORTED') return undefined;
    throw error;
  });
  if (status === undefined) return { subject, level: 'ok', detail: 'the store has none' };
  const details = {
    Enabled: 'on: a deletion removes every version of the object',
    Suspended: 'suspended: a deletion removes every version of the object',
    Never: 'off: what another program overwrites or deletes is gone',
  };
  return { subject, level: 'ok', detail: details[status] };
}

async function lockFinding(store: ObjectStore, bucket: Bucket): Promise<ProbeFinding> {
  const subject = 'lock';
  const isEnabled = await readLockState(bucket);
  if (bucket.lockMode === undefined) {
    const state = isEnabled ? 'the bucket has Object Lock' : 'the bucket has no Object Lock';
    return { subject, level: 'ok', detail: `not asked for; ${state}` };
  }
  if (!isEnabled) {
    return {
      subject,
      level: 'error',
      detail: '`lock:` is configured, and the bucket has no Object Lock',
      fix: `aws s3api put-bucket-versioning --bucket ${bucket.name} --versioning-configuration Status=Enabled && aws s3api put-object-lock-configuration --bucket ${bucket.name} --object-lock-configuration ObjectLockEnabled=Enabled`,
    };
  }
  return tryLock(store, bucket);
}

async function readLockState(bucket: Bucket): Promise<boolean> {
  const command = new GetObjectLockConfigurationCommand({ Bucket: bucket.name });
  const needs = ['s3:GetBucketObjectLockConfiguration'];
  try {
    const question = { action: 'Reading the lock configuration', needs };
    const state = await ask(bucket, question, (http) => bucket.client.send(command, http));
    return state.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
  } catch (error) {
    const isDenied = error instanceof HoldfastError && error.code === 'STORE_DENIED';
    if (isDenied && bucket.lockMode !== undefined) throw error;
    return false;
  }
}

/** Locks an object for a few seconds, tries to delete it, and deletes it when the lock is over. */
async function tryLock(store: ObjectStore, bucket: Bucket): Promise<ProbeFinding> {
  const subject = 'lock';
  const key = layout.probe(randomBytes(8).toString('hex'));
  const lockUntil = new Date(bucket.now().getTime() + lockSeconds * 1000);
  await store.put(key, randomBytes(64), { ifAbsent: true, lockUntil });
  const isKept = await store.delete(key).then(
    () => false,
    (error: unknown) => {
      if (error instanceof HoldfastError && error.code === 'OBJECT_LOCKED') return true;
      throw error;
    },
  );
  if (!isKept) {
    return { subject, level: 'error', detail: 'the store deleted an object that was locked' };
  }
  await sleep(expirySeconds * 1000);
  await store.delete(key).catch(() => {});
  return { subject, level: 'ok', detail: `${bucket.lockMode}: a locked object is kept` };
}
