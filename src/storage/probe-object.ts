/** What `check` does to every store: write, read, try to replace, and delete one small object. */
import { randomBytes } from 'node:crypto';
import { sha256 } from '../core/checksum.ts';
import { HoldfastError } from '../core/errors.ts';
import { layout } from '../core/layout.ts';
import type { ObjectStore, ProbeFinding } from '../core/ports/store.ts';

export async function probeObject(store: ObjectStore): Promise<ProbeFinding[]> {
  const key = layout.probe(randomBytes(8).toString('hex'));
  const bytes = randomBytes(64);
  const findings: ProbeFinding[] = [];
  const step = async (subject: string, act: () => Promise<ProbeFinding>) => {
    const finding = await act().catch((error: unknown) => failedFinding(subject, error));
    findings.push(finding);
    return finding.level !== 'error';
  };
  const written = await step('write', async () => {
    await store.put(key, bytes, { ifAbsent: true });
    return { subject: 'write', level: 'ok', detail: `wrote ${key}` };
  });
  if (!written) return findings;
  await step('read', () => readBack(store, key, bytes));
  await step('list', () => findListed(store, key));
  await step('create-only', () => tryReplace(store, key));
  await step('upload', () => tryReplaceByUpload(store, key));
  await step('sweep', () => sweepProbe(store, key));
  await step('delete', () => removeProbe(store, key));
  return findings;
}

async function readBack(store: ObjectStore, key: string, bytes: Buffer): Promise<ProbeFinding> {
  const same = bytes.equals(await store.get(key));
  return same
    ? { subject: 'read', level: 'ok', detail: 'read the same bytes back' }
    : { subject: 'read', level: 'error', detail: 'read other bytes than were written' };
}

async function findListed(store: ObjectStore, key: string): Promise<ProbeFinding> {
  for await (const info of store.list(key)) {
    if (info.key === key) return { subject: 'list', level: 'ok', detail: 'found it in the list' };
  }
  return { subject: 'list', level: 'error', detail: `${key} was written but is not listed` };
}

async function tryReplace(store: ObjectStore, key: string): Promise<ProbeFinding> {
  return refusedFinding('create-only', 'a second writer is refused', () =>
    store.put(key, randomBytes(64), { ifAbsent: true }),
  );
}

/** Multipart uploads take another way through a store, and a condition may be ignored there. */
async function tryReplaceByUpload(store: ObjectStore, key: string): Promise<ProbeFinding> {
  const part = randomBytes(1);
  const upload = await store.upload(key, { ifAbsent: true, partSizeBytes: part.length });
  try {
    await upload.part(0, part, sha256(part));
    const detail = 'an upload in parts is taken, and refused where an object is';
    return await refusedFinding('upload', detail, () => upload.complete());
  } finally {
    await upload.abort();
  }
}

async function refusedFinding(
  subject: string,
  detail: string,
  replace: () => Promise<unknown>,
): Promise<ProbeFinding> {
  try {
    await replace();
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'OBJECT_EXISTS') throw error;
    return { subject, level: 'ok', detail };
  }
  return {
    subject,
    level: 'error',
    detail: 'the store replaced an object although asked not to: two backups at once could mix',
    fix: 'Use a store that honours "If-None-Match: *" (AWS S3, MinIO, versitygw, Ceph), or a directory.',
  };
}

async function sweepProbe(store: ObjectStore, key: string): Promise<ProbeFinding> {
  await store.sweepUploads(key, new Date(0));
  return { subject: 'sweep', level: 'ok', detail: 'unfinished uploads can be found' };
}

async function removeProbe(store: ObjectStore, key: string): Promise<ProbeFinding> {
  const subject = 'delete';
  try {
    await store.delete(key);
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'OBJECT_LOCKED') throw error;
    return {
      subject,
      level: 'warning',
      detail: `${error.message}: the bucket's default retention locks even the probe, which stays until then`,
    };
  }
  return (await store.head(key)) === undefined
    ? { subject, level: 'ok', detail: 'deleted it' }
    : { subject, level: 'error', detail: `${key} is still there after it was deleted` };
}

/** An error's hint says what mends it: a policy, a command. */
export function failedFinding(subject: string, error: unknown): ProbeFinding {
  const detail = error instanceof Error ? error.message : String(error);
  const fix = error instanceof HoldfastError ? error.hint : undefined;
  return { subject, level: 'error', detail, ...(fix === undefined ? {} : { fix }) };
}
