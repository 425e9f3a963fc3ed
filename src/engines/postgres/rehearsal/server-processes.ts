/** The processes of a server on this machine: each stands in the data directory, whatever its pid file says. */
import { readdir, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMilliseconds = 20;
const obeyMilliseconds = 3000;
const patienceMilliseconds = 10_000;

/** SIGKILL to every process of the server; resolves when they are gone. */
export const killServer = (data: string): Promise<void> => signalUntilGone(data, () => 'SIGKILL');

/** Immediate shutdown, which takes its shared memory along; who does not obey is killed. */
export const endServer = (data: string): Promise<void> =>
  signalUntilGone(data, (waited) => (waited < obeyMilliseconds ? 'SIGQUIT' : 'SIGKILL'));

async function signalUntilGone(
  data: string,
  signalAfter: (milliseconds: number) => NodeJS.Signals,
): Promise<void> {
  const begun = performance.now();
  for (;;) {
    const waited = performance.now() - begun;
    const pids = await serverProcesses(data);
    if (pids.length === 0 || waited > patienceMilliseconds) return;
    for (const pid of pids) send(pid, signalAfter(waited));
    await sleep(pollMilliseconds);
  }
}

export async function serverProcesses(data: string): Promise<readonly number[]> {
  const names = await readdir('/proc');
  const pids = names.filter((name) => /^\d+$/.test(name));
  const stands = await Promise.all(pids.map((pid) => standsIn(pid, data)));
  return pids.filter((_, index) => stands[index]).map(Number);
}

/** Other people's processes cannot be read, and are not ours. */
async function standsIn(pid: string, data: string): Promise<boolean> {
  const [directory, program] = await Promise.all(
    ['cwd', 'exe'].map((name) => readlink(`/proc/${pid}/${name}`).catch(() => '')),
  );
  // Where the directory was removed first, Linux says so behind its name.
  return directory?.replace(/ \(deleted\)$/, '') === data && /\/postgres\b/.test(program ?? '');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}
