/** `file:PATH`: a secret in a file of its own, relative to the configuration. */
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SecretError } from '../../core/errors.ts';

const largestBytes = 1024 * 1024;

export interface FileSecret {
  readonly value: string;
  /** Set where others on this machine can read the file. */
  readonly warning?: string;
}

/** One line end is taken off, as editors and `echo` add one. */
export async function readFileSecret(reference: string, baseDir: string): Promise<FileSecret> {
  const path = resolve(baseDir, reference.slice('file:'.length));
  try {
    const { mode, size } = await stat(path);
    if (size > largestBytes) throw new Error(`${size} bytes, too long for a secret`);
    const value = (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
    const open = (mode & 0o077) !== 0;
    const octal = (mode & 0o777).toString(8);
    const warning = `${reference} can be read by others (mode ${octal}): chmod 600 ${path}`;
    return { value, ...(open ? { warning } : {}) };
  } catch (error) {
    throw new SecretError(`secret ${reference} not read: ${path}: ${reasonOf(error)}`, {
      code: 'SECRET_UNREADABLE',
      hint: 'Relative paths count from the directory of the configuration file.',
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ENOENT: 'no such file',
    EACCES: 'permission denied',
    EISDIR: 'a directory',
  };
  return known[code ?? ''] ?? message;
}
