/** A tree with everything that backup programs get wrong, made with real tools. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export const asRoot = process.getuid?.() === 0;

/** `user::rwx,user:33:rw-,group::r-x,mask::rwx,other::r-x` as the kernel stores it. */
const acl = '0sAgAAAAEABwD/////AgAGACEAAAAEAAUA/////xAABwD/////IAAFAP////8=';
const gibibyte = 2 ** 30;

export function growTorture(root: string): void {
  const at = (name: string) => join(root, name);
  names(root);
  writeFileSync(at('empty'), '');
  mkdirSync(at('empty-directory'));
  writeFileSync(at('large'), Buffer.alloc(5_000_001, 'large'));
  sparse(at('sparse'), 2 ** 20);
  sparse(at('all-hole'), 0, gibibyte / 16);
  links(root);
  special(root);
  attributes(root);
  times(root);
  modes(root);
}

function names(root: string): void {
  const odd = ['new\nline', '"quoted"', "it's", ' space ', '-rf', '*', 'back\\slash', '\u{1f600}'];
  for (const name of odd) writeFileSync(join(root, name), name);
  const bytes = Buffer.from('invalid-\xff\xfe-utf8', 'latin1');
  mkdirSync(Buffer.concat([Buffer.from(`${root}/`), bytes]));
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), bytes, Buffer.from('/\x80')]), 'inside');
  const segment = 'n'.repeat(100);
  const long = join(root, segment, segment, segment);
  mkdirSync(long, { recursive: true });
  writeFileSync(join(long, 'x'.repeat(255)), 'long');
  growDeep(root, 38);
}

/** A directory of 100 bytes in the other, so many times; 41 are beyond PATH_MAX. */
export function growDeep(root: string, levels: number): void {
  const script = `
    process.chdir(process.argv[1]);
    const name = 'deep'.repeat(25);
    for (let i = 0; i < process.argv[2]; i++) { fs.mkdirSync(name); process.chdir(name); }
    fs.writeFileSync('bottom', 'far down');`;
  execFileSync(process.execPath, ['-e', script, root, String(levels)]);
}

function sparse(path: string, dataBytes: number, size = gibibyte): void {
  writeFileSync(path, '');
  truncateSync(path, size);
  if (dataBytes === 0) return;
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(dataBytes, 'data'), 0, dataBytes, gibibyte / 2 + 12_345);
  writeSync(fd, Buffer.from('end'), 0, 3, gibibyte - 3);
}

function links(root: string): void {
  const at = (name: string) => join(root, name);
  symlinkSync('nowhere', at('dangling'));
  symlinkSync('loop', at('loop'));
  symlinkSync('/etc/hostname', at('absolute'));
  symlinkSync('../../../../etc', at('upwards'));
  symlinkSync('t'.repeat(300), at('long-target'));
  symlinkSync(Buffer.from('\xff', 'latin1'), at('invalid-target'));
  linkSync(at('large'), at('empty-directory/hard-link'));
  linkSync(at('dangling'), at('linked-symlink'));
}

function special(root: string): void {
  execFileSync('mkfifo', [join(root, 'fifo')]);
  const bind = "require('net').createServer().listen('socket', () => process.kill(process.pid, 9))";
  spawnSync(process.execPath, ['-e', bind], { cwd: root });
  if (asRoot) execFileSync('mknod', [join(root, 'device'), 'c', '250', '70000']);
}

function attributes(root: string): void {
  const set = (file: string, name: string, value: string) =>
    execFileSync('setfattr', ['-n', name, '-v', value, join(root, file)]);
  for (const file of ['empty', 'large', 'sparse', 'empty-directory']) set(file, 'user.k', file);
  set('large', 'user.odd = name', '0sAAEC/w==');
  set('large', 'user.empty', '');
  set('empty-directory', 'system.posix_acl_access', acl);
  set('empty-directory', 'system.posix_acl_default', acl);
  if (asRoot) set('empty', 'trusted.k', 'only root');
}

function times(root: string): void {
  const touch = (file: string, time: string) =>
    execFileSync('touch', ['-h', '-d', time, join(root, file)]);
  touch('empty', '1969-12-31T12:00:00.123456789Z');
  touch('large', '2100-02-03T04:05:06.987654321Z');
  touch('sparse', '1970-01-01T00:00:00Z');
  touch('all-hole', '1901-12-14T00:00:00.5Z');
  touch('dangling', '2001-01-01T00:00:00.000000001Z');
}

function modes(root: string): void {
  const at = (name: string) => join(root, name);
  writeFileSync(at('setuid'), 'program');
  chmodSync(at('setuid'), 0o4755);
  writeFileSync(at('unreadable'), 'by others');
  chmodSync(at('unreadable'), 0o400);
  mkdirSync(at('sticky'), 0o777);
  chmodSync(at('sticky'), 0o1777);
  mkdirSync(at('read-only'));
  writeFileSync(at('read-only/file'), 'in a directory without write permission');
  execFileSync('touch', ['-d', '2010-01-01T00:00:00.25Z', at('read-only')]);
  chmodSync(at('read-only'), 0o555);
  if (asRoot) execFileSync('chown', ['12345:3000000', at('setuid')]);
  if (asRoot) chmodSync(at('setuid'), 0o6755);
}
