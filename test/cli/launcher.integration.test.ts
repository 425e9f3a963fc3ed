import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from './run-cli.ts';

/** A package as `npm run build` leaves it, and a command on another PATH that leads to it. */
async function installed(): Promise<{ command: string; home: string }> {
  const folder = await temporaryFolder();
  const home = join(folder, 'package');
  await mkdir(join(home, 'dist'), { recursive: true });
  await cp('src/cli/launcher.sh', join(home, 'dist/holdfast'));
  await writeFile(join(home, 'dist/holdfast.js'), '');
  const command = join(folder, 'holdfast');
  await symlink('package/dist/holdfast', command);
  return { command, home };
}

async function fakeNode(file: string, name: string): Promise<void> {
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho "${name}" "$@"\nexit 3\n`);
  await chmod(file, 0o755);
}

function run(command: string, bin: string) {
  const { stdout, status } = spawnSync(command, ['list', 'a b'], {
    env: { PATH: `${bin}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  return { stdout, status };
}

it('prefers the Node.js beside it to an old one on the PATH', async () => {
  const { command, home } = await installed();
  await fakeNode(join(home, 'node_modules/node/bin/node'), 'own');
  await fakeNode(join(home, 'bin/node'), 'system');
  const { stdout, status } = run(command, join(home, 'bin'));
  expect(stdout).toMatch(/^own .*package\/dist\/.*holdfast\.js list a b\n$/);
  expect(status).toBe(3);
});

it('takes the Node.js of the PATH where there is no other', async () => {
  const { command, home } = await installed();
  await fakeNode(join(home, 'bin/node'), 'system');
  const { stdout, status } = run(command, join(home, 'bin'));
  expect(stdout).toMatch(/^system .*dist\/holdfast\.js list a b\n$/);
  expect(status).toBe(3);
});
