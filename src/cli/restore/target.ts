/** `--to`: what is handed on, into the journal and to other processes, holds no password. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referencePattern } from '../../core/config/values.ts';

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

function hasPassword(text: string): boolean {
  // What looks like a URL and is none is treated as if it held one.
  if (!URL.canParse(text)) return true;
  const url = new URL(text);
  return url.password !== '' || url.searchParams.has('password');
}
