/** The user's own assertions on a restored tree. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AssertionResult } from '../../core/ports/engine.ts';
import type { FilesAssertion } from './schema.ts';
import type { FilesContext } from './tools.ts';

export async function assertFiles(
  { source }: FilesContext,
  target: string,
): Promise<AssertionResult[]> {
  const results: AssertionResult[] = [];
  for (const assertion of source.drill?.assertions ?? []) {
    results.push(await judge(assertion, resolve(target)));
  }
  return results;
}

async function judge(assertion: FilesAssertion, root: string): Promise<AssertionResult> {
  const path = join(root, assertion.path);
  const name = assertion.path;
  const found = await tally(path);
  if ((found !== undefined) !== assertion.exists) {
    return { name, passed: false, detail: found === undefined ? 'does not exist' : 'exists' };
  }
  if (found === undefined) return { name, passed: true, detail: 'does not exist, as it should' };
  const failures = [
    ...tooFew('files', found.files, assertion.minFiles),
    ...tooFew('bytes', found.bytes, assertion.minBytes),
    ...(await otherHash(path, assertion.sha256)),
  ];
  const detail = failures.join('; ') || `${found.files} files, ${found.bytes} bytes`;
  return { name, passed: failures.length === 0, detail };
}

const tooFew = (unit: string, seen: number, wanted: number | undefined): string[] =>
  wanted === undefined || seen >= wanted ? [] : [`${seen} ${unit}, at least ${wanted} expected`];

async function otherHash(path: string, wanted: string | undefined): Promise<string[]> {
  if (wanted === undefined) return [];
  if (!(await lstat(path)).isFile()) return ['not a regular file: it has no SHA-256'];
  const digest = createHash('sha256');
  await pipeline(createReadStream(path), digest);
  const seen = digest.digest('hex');
  return seen === wanted ? [] : [`SHA-256 is ${seen}`];
}

interface Found {
  readonly files: number;
  readonly bytes: number;
}

/** Regular files at or below a path; links are not followed. */
async function tally(path: string): Promise<Found | undefined> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return undefined;
  if (!stats.isDirectory()) return { files: stats.isFile() ? 1 : 0, bytes: stats.size };
  let files = 0;
  let bytes = 0;
  for await (const entry of await opendir(path, { recursive: true })) {
    if (!entry.isFile()) continue;
    files++;
    bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return { files, bytes };
}
