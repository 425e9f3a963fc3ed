/** Files that only their owner may read, never overwritten. */
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** True when it was written, false when there was one already: then nothing is changed. */
export async function writePrivate(file: string, text: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx', flush: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** 32 random bytes in base64. */
export const generateKey = (): string => `${randomBytes(32).toString('base64')}\n`;

/** Adds `.holdfast/` to the .gitignore beside the configuration, inside a git repository only. */
export async function ignoreInGit(folder: string): Promise<boolean> {
  if (!(await inRepository(folder))) return false;
  const file = join(folder, '.gitignore');
  const text = await readFile(file, 'utf8').catch(() => '');
  if (/^\/?\.holdfast\/?$/m.test(text)) return false;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  await appendFile(file, `${gap}.holdfast/\n`);
  return true;
}

async function inRepository(folder: string): Promise<boolean> {
  const found = await stat(join(folder, '.git')).catch(() => undefined);
  if (found !== undefined) return true;
  const parent = dirname(folder);
  return parent === folder ? false : inRepository(parent);
}
