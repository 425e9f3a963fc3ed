/** Whether a prefix can be listed and its first object be read, tags and all, by these credentials. */
import { HoldfastError } from '../../../core/errors.ts';
import type { ProbeFinding } from '../../../core/ports/store.ts';
import type { FilesContext } from '../tools.ts';
import { type ObjectFacts, openBucket, readFailure, type SourceBucket } from './bucket.ts';
import { policyOf, unreachable } from './source-failures.ts';

export async function checkObjects(context: FilesContext): Promise<ProbeFinding[]> {
  const subject = context.source.path;
  const bucket = await openBucket(context);
  try {
    return await probe(bucket, subject);
  } catch (error) {
    const failure = unreachable(subject, error);
    if (!(failure instanceof HoldfastError)) throw failure;
    const { message, hint } = failure;
    return [{ subject, level: 'error', detail: message, ...(hint && { fix: hint }) }];
  } finally {
    bucket.close();
  }
}

async function probe(bucket: SourceBucket, subject: string): Promise<ProbeFinding[]> {
  const first = await firstOf(bucket, subject);
  if ('level' in first) return [first];
  const { key } = first;
  const needed = [
    { action: 's3:GetObject', level: 'error', ask: () => open(bucket, first) },
    { action: 's3:GetObjectTagging', level: 'warning', ask: () => bucket.tags(key) },
  ] as const;
  const findings: ProbeFinding[] = [];
  for (const { action, level, ask } of needed) {
    const failure = await ask().then(() => undefined, told);
    if (failure === undefined || failure === 'gone' || failure === 'changed') continue;
    const detail = `${key} ${failure === 'denied' ? `is refused to ${action}` : 'lies in an archive tier'}`;
    const fix =
      failure === 'denied' ? `Grant: ${policyOf(subject, [action])}` : 'Thaw it, or exclude it.';
    findings.push({ subject, level, detail, fix });
  }
  const isRead = findings.every(({ level }) => level !== 'error');
  return isRead ? [{ subject, level: 'ok', detail: 'listed and read' }, ...findings] : findings;
}

async function firstOf(bucket: SourceBucket, subject: string): Promise<ObjectFacts | ProbeFinding> {
  try {
    for await (const first of bucket.list()) return first;
  } catch (error) {
    if (readFailure(error) !== 'denied') throw error;
    const fix = `Grant: ${policyOf(subject, ['s3:ListBucket'])}`;
    return { subject, level: 'error', detail: 'it is refused to s3:ListBucket', fix };
  }
  return { subject, level: 'error', detail: 'it holds no object', fix: 'Correct `path:`.' };
}

async function open(bucket: SourceBucket, first: ObjectFacts): Promise<void> {
  const { bytes } = await bucket.open(first, first.size > 1 ? [0, 1] : undefined);
  for await (const _ of bytes) break;
}

/** What one object failed with; what the whole bucket failed with is thrown. */
function told(error: unknown) {
  const failure = readFailure(error);
  if (failure === undefined) throw error;
  return failure;
}
