/** Where the configuration file is. */
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../core/errors.ts';

export const configurationName = 'holdfast.yaml';

/** The file given, else the nearest holdfast.yaml from `cwd` upwards. Throws UsageError CONFIG_MISSING. */
export function findConfiguration(given: string | undefined, cwd: string): string {
  const file = given === undefined ? searchUpwards(cwd) : resolve(cwd, given);
  if (file !== undefined && isFile(file)) return file;
  const seen =
    given === undefined ? `no ${configurationName} in ${cwd} or above it` : `no file ${given}`;
  throw new UsageError(`configuration not found: ${seen}`, {
    code: 'CONFIG_MISSING',
    hint: '`holdfast init` writes one; `--config FILE` or HOLDFAST_CONFIG names another.',
  });
}

function searchUpwards(from: string): string | undefined {
  const candidate = join(from, configurationName);
  if (isFile(candidate)) return candidate;
  const parent = dirname(from);
  return parent === from ? undefined : searchUpwards(parent);
}

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
