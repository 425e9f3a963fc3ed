/** How a server becomes the follower of the other: what Aurora's storage does, done with PostgreSQL's own means. */
import { execFile } from 'node:child_process';
import { appendFile, chown, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresPair } from '../postgres-pair.ts';
import { type Name, otherOf } from './members.ts';

/** One that ended cleanly before the other was promoted. */
export async function makeFollow(pair: PostgresPair, name: Name): Promise<void> {
  const { data } = pair[name];
  const { address, url } = pair[otherOf(name)];
  const info = `host=${address} port=${pair.port} user=postgres password=${new URL(url).password}`;
  await appendFile(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${info}'\n`);
  const signal = join(data, 'standby.signal');
  await writeFile(signal, '');
  const { uid, gid } = await stat(data);
  await chown(signal, uid, gid);
  await pair[name].ctl('start');
}

/** Into its empty place. */
export async function copyAgain(pair: PostgresPair, name: Name): Promise<void> {
  const { data, control } = pair[name];
  const { address, url } = pair[otherOf(name)];
  const as = control.user === undefined ? [] : ['runuser', '-u', control.user, '--'];
  const [program = '', ...words] = [
    ...as,
    join(control.bin, 'pg_basebackup'),
    ...['-d', `host=${address} port=${pair.port} user=postgres`, '-D', data],
    ...['-c', 'fast', '-X', 'stream', '-R'],
  ];
  const PGPASSWORD = new URL(url).password;
  await promisify(execFile)(program, words, {
    cwd: '/',
    env: { PATH: process.env['PATH'], PGPASSWORD },
  });
  await pair[name].ctl('start');
}
