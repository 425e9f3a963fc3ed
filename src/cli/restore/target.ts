/** `--to`: what is handed on, into the journal and to other processes, holds no password. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bucketLocation, isWithin } from '../../core/bucket-location.ts';
import { restorePlaceOf } from '../../core/config/bucket-source.ts';
import type { SourceBase } from '../../core/config/source.ts';
import { referencePattern } from '../../core/config/values.ts';
import { UsageError } from '../../core/errors.ts';

const variable = 'HOLDFAST_TARGET';

export interface Target {
  /** A URL without password, a reference, or an absolute path. */
  readonly target: string;
  /** What the environment of this process and its tasks needs besides. */
  readonly environment: Readonly<Record<string, string>>;
}

export function readTarget(to: string, cwd: string): Target {
  if (to.startsWith('file:///')) return { target: fileURLToPath(to), environment: {} };
  if (referencePattern.test(to)) return { target: to, environment: {} };
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(to)) return { target: resolve(cwd, to), environment: {} };
  if (!hasPassword(to)) return { target: to, environment: {} };
  return { target: `env:${variable}`, environment: { [variable]: to } };
}

/**
 * `--to` for a task in AWS: it has neither this machine's folders nor its environment, and whatever it is
 * given stands in the history of its execution. Throws UsageError TARGET_ELSEWHERE.
 */
export function readRemoteTarget(to: string, source: SourceBase | undefined): string {
  if (/^(ssm|secretsmanager):/.test(to)) return to;
  const isUrl = /^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(to);
  if (to.startsWith('s3://')) return bucketOfTask(to, source);
  if (isUrl && !hasPassword(to)) return to;
  if (to.startsWith('/') && isBeside(to, source)) return resolve(to);
  throw new UsageError(`--to ${isUrl ? 'URL' : to} is of no use to a task in AWS`, {
    code: 'TARGET_ELSEWHERE',
    hint: 'Give a URL without password, a secretsmanager: reference to one, or a directory beside the source on its mount. With --local this machine restores.',
  });
}

/** Roles of restores put objects below one prefix alone. */
function bucketOfTask(to: string, source: SourceBase | undefined): string {
  const allowed = restorePlaceOf(source);
  const asked = bucketLocation(to);
  if (allowed !== undefined && asked !== undefined && isWithin(asked, allowed)) return to;
  const where = allowed && `s3://${allowed.bucket}/${allowed.prefix}`;
  throw new UsageError(
    `--to ${to} is of no use to a task in AWS: ${where ? `it may put objects below ${where}` : 'the source is no bucket'}`,
    {
      code: 'TARGET_ELSEWHERE',
      hint: where
        ? 'Name a prefix below it, or deploy with `deploy: { restoreTo: … }` of the source. With --local this machine restores.'
        : 'Only what was backed up from a bucket is restored to one.',
    },
  );
}

/** On the same mount, as far as can be told: what lies elsewhere is gone when the task ends. */
function isBeside(to: string, source: SourceBase | undefined): boolean {
  const path = source !== undefined && 'path' in source ? String(source.path) : '';
  const mount = dirname(path);
  return path.startsWith('/') && mount !== '/' && resolve(to).startsWith(`${mount}/`);
}

function hasPassword(text: string): boolean {
  // What looks like a URL and is none is treated as if it held one.
  if (!URL.canParse(text)) return true;
  const url = new URL(text);
  return url.password !== '' || url.searchParams.has('password');
}
