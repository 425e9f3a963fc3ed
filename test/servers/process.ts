/** Servers as child processes of a test: a free port, readiness, an end. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Waits until `url` answers anything at all. */
export async function untilReady(child: ChildProcess, url: string, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`${child.spawnfile} ended with ${child.exitCode ?? child.signalCode}`);
    }
    const answered = await fetch(url).then(() => true, isUntrusted);
    if (answered) return;
    await sleep(50);
  }
  await stop(child);
  throw new Error(`${child.spawnfile} did not answer at ${url} within ${seconds} s`);
}

/** It answered, by a certificate that only a test's own client trusts. */
const isUntrusted = (error: { readonly cause?: { readonly code?: string } }): boolean =>
  /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(error.cause?.code ?? '');

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5000);
  await exited;
  clearTimeout(late);
}
