/** What tests install for themselves, once, although several of them may begin at the same time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Runs `make` unless `path` is there. A second caller, in any process, waits for the first. */
export async function installOnce(path: string, make: () => Promise<unknown>): Promise<string> {
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const lock = spawn('flock', [`${path}.lock`, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  lock.stdin.write('locked');
  await once(lock.stdout, 'data');
  try {
    if (!(await exists(path))) await make();
  } finally {
    lock.stdin.end();
    await once(lock, 'close');
  }
  return path;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
