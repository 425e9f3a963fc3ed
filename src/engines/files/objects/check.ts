/** Whether a prefix can be listed and its first object be read, by these credentials. */
import { HoldfastError } from '../../../core/errors.ts';
import type { ProbeFinding } from '../../../core/ports/store.ts';
import type { FilesContext } from '../tools.ts';
import { openBucket, policyOf, type SourceBucket, unreachable } from './bucket.ts';
import { readObject } from './objects.ts';

export async function checkObjects(context: FilesContext): Promise<ProbeFinding[]> {
  const subject = context.source.path;
  const bucket = await openBucket(context);
  try {
    const problem = await problemOfFirst(bucket);
    if (problem === undefined) return [{ subject, level: 'ok', detail: 'listed and read' }];
    return [{ subject, level: 'error', detail: problem, fix: `Grant: ${policyOf(subject)}` }];
  } catch (error) {
    const failure = unreachable(subject, error);
    if (!(failure instanceof HoldfastError)) throw failure;
    const { message, hint } = failure;
    return [{ subject, level: 'error', detail: message, ...(hint && { fix: hint }) }];
  } finally {
    bucket.close();
  }
}

async function problemOfFirst(bucket: SourceBucket): Promise<string | undefined> {
  for await (const first of bucket.list()) {
    const reading = await readObject(bucket, first);
    if (reading.kind === 'opened') for await (const _ of reading.opened.bytes) break;
    return reading.kind === 'problem' ? `${first.key}: ${reading.problem}` : undefined;
  }
  return 'it holds no object';
}
