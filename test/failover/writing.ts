/** Starts the writer and reads what it was answered. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** One write whose COMMIT was answered; times in milliseconds since 1970. */
export interface Acknowledged {
  readonly id: number;
  readonly address: string;
  readonly xid: string;
  readonly started: number;
  readonly ended: number;
}

export interface Writer {
  acknowledged(): Promise<Acknowledged[]>;
  stop(): Promise<Acknowledged[]>;
}

/** `lanes`: see writer.ts. */
export async function startWriter(
  file: string,
  url: string,
  lanes: readonly object[],
): Promise<Writer> {
  await writeFile(file, '');
  const argv = [resolve('test/failover/writer.ts'), file, url, JSON.stringify(lanes)];
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  const acknowledged = async () => {
    const text = await readFile(file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
    const seen = whole.flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    const empty = seen.filter((line) => 'empty' in line);
    if (empty.length > 0) throw new Error(`I4: the name was empty ${empty.length} times`);
    return seen as Acknowledged[];
  };
  return {
    acknowledged,
    async stop() {
      if (child.exitCode === null) {
        const closed = once(child, 'close');
        child.kill('SIGTERM');
        await closed;
      }
      return acknowledged();
    },
  };
}
