/** The text of a configuration: a file beside which things are kept, or a deployed one in the vault. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { IntegrityError, reportError, UsageError } from '../core/errors.ts';

export interface ConfigText {
  readonly text: string;
  /** Absolute, or `s3://bucket/prefix/config/<sha256>.json`. */
  readonly place: string;
  /** As messages show it. */
  readonly name: string;
  /** Where relative paths start; nothing of a deployed configuration is relative. */
  readonly baseDir: string;
}

export const isDeployed = (place: string): boolean => place.startsWith('s3://');

/** Throws UsageError `CONFIG_UNREADABLE`, IntegrityError `CONFIG_CHANGED`. */
export async function readConfigText(given: string, tempDir: string): Promise<ConfigText> {
  if (!isDeployed(given)) return readFromFile(resolve(given));
  const { url, key, sha256 } = pinned(given);
  const text = await readFromStore(given, { url, key, baseDir: tempDir });
  if (createHash('sha256').update(text).digest('hex') !== sha256) {
    throw new IntegrityError(`The configuration ${given} is not the one that was deployed`, {
      code: 'CONFIG_CHANGED',
      hint: 'Its hash differs: look who writes to the vault, and deploy again.',
    });
  }
  return { text, place: given, name: basename(given), baseDir: tempDir };
}

async function readFromFile(file: string): Promise<ConfigText> {
  try {
    const text = await readFile(file, 'utf8');
    return { text, place: file, name: basename(file), baseDir: dirname(file) };
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** The hash is the object's name: whoever starts an execution says by it what it works with. */
function pinned(place: string): { url: string; key: string; sha256: string } {
  const [, url, key, sha256] = /^(s3:\/\/.+)\/(config\/([0-9a-f]{64})\.json)$/.exec(place) ?? [];
  if (url === undefined || key === undefined || sha256 === undefined) {
    throw new UsageError(`${place} is not a deployed configuration`, {
      code: 'CONFIG_UNREADABLE',
      hint: 'Its place is s3://bucket/prefix/config/<sha256>.json, as npm run deploy writes it.',
    });
  }
  return { url, key, sha256 };
}

async function readFromStore(
  place: string,
  { url, key, baseDir }: { readonly url: string; readonly key: string; readonly baseDir: string },
): Promise<string> {
  const { openStore } = await import('../storage/index.ts');
  const store = await openStore({ url }, { baseDir });
  try {
    return Buffer.from(await store.get(key)).toString('utf8');
  } catch (cause) {
    throw unreadable(place, cause);
  } finally {
    await store.close();
  }
}

function unreadable(place: string, cause: unknown): UsageError {
  const { message, retryable } = reportError(cause);
  return new UsageError(`The configuration ${place} could not be read: ${message}`, {
    code: 'CONFIG_UNREADABLE',
    hint: isDeployed(place)
      ? '`npm run deploy` writes it into the vault.'
      : '`holdfast init` writes one; --config FILE names another.',
    retryable,
    cause,
  });
}
