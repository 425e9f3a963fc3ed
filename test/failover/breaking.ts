/** Ways to break a pair, and to mend it again. */
import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PairNode } from '../servers/postgres-pair.ts';

export const shell = async (command: string): Promise<void> => {
  await promisify(execFile)('sh', ['-c', command]);
};

/** Of the node's server, those whose title says `title`; as words for `kill`. */
export function pidsOf({ data }: PairNode, title: string): string {
  const script = `for p in /proc/[0-9]*; do [ "$(readlink $p/cwd)" = "$1" ] && basename $p; done; true`;
  const all = execFileSync('sh', ['-c', script, 'sh', data]).toString().split('\n').filter(Boolean);
  const list = execFileSync('ps', ['-o', 'pid=,args=', '-p', all.join(',')]).toString();
  const found = list.split('\n').filter((line) => line.includes(title));
  if (found.length === 0) throw new Error(`no process "${title}" in ${list}`);
  return found.map((line) => Number.parseInt(line, 10)).join(' ');
}

const setting = async (node: PairNode, what: string): Promise<void> => {
  await node.query(`alter system ${what}`);
  await node.query('select pg_reload_conf()');
};

export const broken = {
  /** The replica asks a port where nobody listens; mended when it goes out of scope. */
  async streaming(replica: PairNode): Promise<AsyncDisposable> {
    const sql = `select current_setting('primary_conninfo') as info`;
    const [row] = await replica.query<{ info: string }>(sql);
    const info = row?.info ?? '';
    upstream.set(replica.data, info);
    const wrong = info.replace(/port=\S+/, 'port=9').replaceAll("'", "''");
    await setting(replica, `set primary_conninfo = '${wrong}'`);
    return { [Symbol.asyncDispose]: () => broken.mendStreaming(replica) };
  },
  async mendStreaming(replica: PairNode): Promise<void> {
    const info = upstream.get(replica.data);
    upstream.delete(replica.data);
    if (info === undefined) return;
    await setting(replica, `set primary_conninfo = '${info.replaceAll("'", "''")}'`);
  },
  async streams(primary: PairNode): Promise<boolean> {
    return (await primary.query('select 1 from pg_stat_replication')).length > 0;
  },
  /** A `bin` whose pg_rewind fails as it does where the log is gone. */
  async withoutRewind({ control }: PairNode, folder: string): Promise<string> {
    const bin = join(folder, 'bin');
    await shell(
      `mkdir -p ${bin} && ln -sf ${control.bin}/* ${bin}/ && rm ${bin}/pg_rewind && printf '#!/bin/sh\\necho "pg_rewind: error: could not find previous WAL record" >&2; exit 1\\n' > ${bin}/pg_rewind && chmod 755 ${bin}/pg_rewind ${folder}`,
    );
    return bin;
  },
};

const upstream = new Map<string, string>();
