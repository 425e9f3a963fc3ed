import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDirectoryStore } from '../../../src/storage/directory/index.ts';
import { createOnly, keysOf, parts, send, text } from '../conformance/samples.ts';

const run = promisify(execFile);
const partSizeBytes = 2 ** 20;
// Mounting a small disk and becoming another user take root.
const isRoot = process.getuid?.() === 0;

describe('directory store in trouble', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-trouble-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const openAt = (name: string) => openDirectoryStore(pathToFileURL(join(folder, name)).href);

  it.runIf(isRoot)('says that the disk is full, and leaves nothing half-written', async () => {
    const mount = join(folder, 'small');
    await mkdir(mount);
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', mount]);
    try {
      const store = openAt('small');
      await store.put('kept', text('kept'), createOnly);
      const full = { code: 'STORE_FULL', hint: expect.stringContaining('Free space') };
      await expect(store.put('big', Buffer.alloc(5 * 2 ** 20), createOnly)).rejects.toMatchObject(
        full,
      );

      const upload = await store.upload('data/big', { ...createOnly, partSizeBytes });
      const all = parts(6, partSizeBytes);
      const sending = Promise.all(all.map((bytes, n) => send(upload, n, bytes)));
      await expect(sending).rejects.toMatchObject(full);
      await upload.abort();
      expect(await readdir(mount, { recursive: true })).toEqual(['kept']);

      await store.put('next', Buffer.alloc(2 ** 20), createOnly);
      expect(await keysOf(store)).toEqual(['kept', 'next']);
    } finally {
      await run('umount', [mount]);
    }
  });

  it('says that a file may not grow, as under a quota', async () => {
    const url = pathToFileURL(join(folder, 'limited')).href;
    const program = `
      import { openDirectoryStore } from ${JSON.stringify(join(import.meta.dirname, '../../../src/storage/directory/index.ts'))};
      process.on('SIGXFSZ', () => {});
      const store = openDirectoryStore(${JSON.stringify(url)});
      const outcome = await store.put('big', Buffer.alloc(4 * 2 ** 20), { ifAbsent: true })
        .then(() => 'stored', (error) => error.code);
      console.log(outcome);`;
    const limited = ['--fsize=1048576', process.execPath, '--input-type=module', '-e', program];
    const child = spawn('prlimit', limited, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    await once(child, 'close');
    expect(said.trim()).toBe('STORE_FULL');
    expect(await readdir(join(folder, 'limited'), { recursive: true })).toEqual([]);
  });

  it('names the place where a file stands in the way of a folder', async () => {
    const store = openAt('conflict');
    await store.put('a/b', text('x'), createOnly);
    const invalid = { code: 'KEY_INVALID' };
    await expect(store.put('a/b/c', text('x'), createOnly)).rejects.toMatchObject(invalid);
    await expect(store.put('a', text('x'), { ifAbsent: false })).rejects.toMatchObject(invalid);
    await expect(store.get('a/b/c')).rejects.toMatchObject({ code: 'OBJECT_MISSING' });
    expect(await store.head('a/b/c')).toBeUndefined();
    expect(await keysOf(store)).toEqual(['a/b']);
  });

  it('creates folders with mode 700 and files with mode 600, and warns of an open vault', async () => {
    const store = openAt('modes');
    await store.put('a/b', text('x'), createOnly);
    const { stdout } = await run('find', [join(folder, 'modes'), '-printf', '%m %P\n']);
    expect(stdout.trim().split('\n')).toEqual(['700 ', '700 a', '600 a/b']);
    await chmod(join(folder, 'modes'), 0o755);
    const { findings } = await store.probe();
    expect(findings.find(({ subject }) => subject === 'directory')).toMatchObject({
      level: 'warning',
      fix: expect.stringContaining('chmod 700'),
    });
  });

  it('leaves no trace of a probe where there was no directory', async () => {
    const { findings } = await openAt('absent/vault').probe();
    expect(findings.filter(({ level }) => level === 'error')).toEqual([]);
    expect(findings.map(({ subject }) => subject)).toContain('space');
    expect(await readdir(folder)).not.toContain('absent');
  });

  it('passes over files that are none of its own, and never sweeps them', async () => {
    const store = openAt('foreign');
    await store.put('a', text('x'), createOnly);
    const inside = (name: string) => join(folder, 'foreign', name);
    await writeFile(inside('notes~'), 'a backup of an editor');
    await writeFile(inside('my notes.txt'), 'notes');
    await mkdir(inside('lost+found'));
    expect(await keysOf(store)).toEqual(['a']);
    expect(await store.sweepUploads('', new Date(Date.now() + 1000))).toBe(0);
    expect((await readdir(join(folder, 'foreign'))).sort()).toEqual(
      ['a', 'lost+found', 'my notes.txt', 'notes~'].sort(),
    );
  });

  it('follows a folder that was moved to another disk and linked', async () => {
    const store = openAt('linked');
    await mkdir(join(folder, 'linked'));
    await mkdir(join(folder, 'elsewhere'));
    await symlink(join(folder, 'elsewhere'), join(folder, 'linked/data'));
    await store.put('data/a/b', text('x'), createOnly);
    await store.upload('data/a/c', { ...createOnly, partSizeBytes });
    expect(await keysOf(store)).toEqual(['data/a/b']);
    expect(await store.sweepUploads('data/', new Date(Date.now() + 1000))).toBe(1);
    await store.delete('data/a/b');
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([]);
  });

  it.runIf(isRoot)('says how to get at a vault of another user', async () => {
    const script = `
      import { openDirectoryStore } from ${JSON.stringify(join(import.meta.dirname, '../../../src/storage/directory/index.ts'))};
      process.setgid(65534); process.setuid(65534);
      const store = openDirectoryStore(${JSON.stringify(pathToFileURL(join(folder, 'modes')).href)});
      const show = (error) => console.log(error.code, error.hint);
      await store.put('b', new Uint8Array(1), { ifAbsent: true }).catch(show);
      await store.get('a/b').catch(show);
      const { findings } = await store.probe();
      console.log(findings.filter(({ level }) => level === 'error').length);`;
    await chmod(join(folder, 'modes'), 0o700);
    await chmod(folder, 0o711);
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toMatch(/^STORE_DENIED Run as the owner.*\nSTORE_DENIED Run as.*\n1\n$/);
  });
});
