/** The configuration file: where it is, and what it says. */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { channels } from '../channels/index.ts';
import { readConfig } from '../core/config/parse.ts';
import type { Config } from '../core/config/schema.ts';
import { UsageError } from '../core/errors.ts';
import { engines } from '../engines/index.ts';

export const configurationName = 'holdfast.yaml';

export interface Configuration {
  /** Absolute. */
  readonly file: string;
  /** Relative paths in the file count from here. */
  readonly baseDir: string;
  /** `.holdfast/` beside the file: the journal, keys made here. */
  readonly stateDir: string;
  readonly stage: string | undefined;
  readonly config: Config;
  /** What is usable but worth a word. */
  readonly warnings: readonly string[];
}

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

export interface LoadOptions {
  readonly file: string;
  readonly stage?: string | undefined;
  /** Messages name the file as seen from here. */
  readonly cwd: string;
}

/** Throws ConfigurationError with every problem, UsageError CONFIG_UNREADABLE. */
export async function loadConfiguration({ file, stage, cwd }: LoadOptions): Promise<Configuration> {
  const text = await readText(file);
  const shown = relative(cwd, file);
  const { config, warnings } = readConfig(text, {
    file: shown.startsWith('..') ? file : shown,
    stage,
    engines,
    channels,
  });
  const baseDir = dirname(file);
  return { file, baseDir, stateDir: join(baseDir, '.holdfast'), stage, config, warnings };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`configuration not read: ${file}: ${(cause as Error).message}`, {
      code: 'CONFIG_UNREADABLE',
      hint: 'Name a YAML file that this user may read.',
      cause,
    });
  }
}
