/** Flips one bit of the biggest stored object of a source, and gives back the way to undo it. */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Damage {
  readonly object: string;
  readonly offset: number;
  undo(): Promise<void>;
}

export async function flipOneBit(vault: string, source: string): Promise<Damage> {
  const object = await biggest(join(vault, 'data', source));
  const offset = Math.floor((await stat(object)).size / 2);
  await flip(object, offset);
  return { object: object.slice(vault.length + 1), offset, undo: () => flip(object, offset) };
}

async function biggest(folder: string): Promise<string> {
  const files: { path: string; size: number }[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.push({ path, size: (await stat(path)).size });
  }
  const [first] = files.sort((a, b) => b.size - a.size);
  if (!first) throw new Error(`nothing is stored in ${folder}`);
  return first.path;
}

async function flip(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, offset);
    byte.writeUInt8(byte.readUInt8() ^ 1);
    await file.write(byte, 0, 1, offset);
  } finally {
    await file.close();
  }
}
