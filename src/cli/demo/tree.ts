/** The demo's directory: pages, pictures, links and a sparse file, and a digest of every entry. */
import { createHash } from 'node:crypto';
import {
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';

export async function createUploads(root: string): Promise<void> {
  for (let folder = 0; folder < 20; folder++) {
    const path = join(root, `customer-${folder}`);
    await mkdir(path, { recursive: true });
    for (let n = 0; n < 20; n++) {
      const body = createHash('sha256')
        .update(`${folder}/${n}`)
        .digest('hex')
        .repeat(1 + n * 16);
      await writeFile(join(path, `Rechnung ${n} – ü.txt`), body, { mode: n % 2 ? 0o640 : 0o600 });
    }
  }
  await symlink('customer-0/Rechnung 0 – ü.txt', join(root, 'newest'));
  const sparse = await open(join(root, 'disk.img'), 'w');
  await sparse.truncate(64 << 20);
  await sparse.write('boot sector', 0);
  await sparse.close();
}

/** `path → mode, time and content hash (or link target)`. */
export async function digestTree(root: string): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  const names = await readdir(root, { recursive: true });
  for (const name of names) digests.set(name, await digestEntry(join(root, name)));
  return digests;
}

async function digestEntry(path: string): Promise<string> {
  const info = await lstat(path, { bigint: true });
  const mode = info.mode.toString(8);
  if (info.isSymbolicLink()) return `link ${await readlink(path)}`;
  if (info.isDirectory()) return `directory ${mode}`;
  const hash = createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
  return `file ${mode} ${info.mtimeNs} ${hash}`;
}

export function compareTrees(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): { entries: number; different: number } {
  const names = new Set([...before.keys(), ...after.keys()]);
  const different = [...names].filter((name) => before.get(name) !== after.get(name));
  return { entries: names.size, different: different.length };
}

export async function ruinUploads(root: string): Promise<void> {
  await rm(join(root, 'customer-3'), { recursive: true });
  await writeFile(join(root, 'customer-4', 'Rechnung 1 – ü.txt'), 'encrypted by somebody else');
  await writeFile(join(root, 'RANSOM.txt'), 'pay');
}
