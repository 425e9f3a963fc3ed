/** A directory of `files` files and about `megabytes`: half of it text, half already compressed. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function fillTree(root: string, files: number, megabytes: number): void {
  const average = (megabytes * 1e6) / files;
  for (let n = 0; n < files; n++) {
    const folder = join(root, `d${n % 100}`, `e${n % 7}`);
    if (n < 700) mkdirSync(folder, { recursive: true });
    // Sizes from a tenth to nearly twice the average.
    const size = Math.round(average * (0.1 + (1.8 * ((n * 7919) % 1000)) / 1000));
    writeFileSync(join(folder, `file-${n}`), n % 2 ? randomBytes(size) : text(n, size));
  }
}

function text(seed: number, size: number): string {
  let line = '';
  let out = '';
  for (let n = 0; out.length < size; n++) {
    line = createHash('md5')
      .update(`${seed}/${n % 40}`)
      .digest('hex');
    out += `${n} GET /items/${line} 200 ${n * seed}\n`;
  }
  return out.slice(0, size);
}

/** Rewrites one file in `every`. */
export function touchTree(root: string, every: number): void {
  const names = readdirSync(root, { recursive: true, withFileTypes: true }).filter((e) =>
    e.isFile(),
  );
  for (let n = 0; n < names.length; n += every) {
    const entry = names[n];
    if (entry) writeFileSync(join(entry.parentPath, entry.name), text(Date.now() + n, 50_000));
  }
}
