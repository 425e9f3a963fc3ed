/** Whether a server has ended already, before anybody asks it to stop. */
import { processesOf } from '../../server-processes.ts';
import { runAt, type ServerFiles } from './files.ts';
import { lookAtPort } from './port-held.ts';

/**
 * Said only where three that do not know of each other agree: no process stands in its data directory, its lock
 * file names none that lives, and its port is refused. Processes of a container may not be seen from here, and a
 * port that is silent may be one of a server that others reach: then its stop command has to be run.
 */
export async function isGone(
  { files, url }: { readonly files: ServerFiles; readonly url: string },
  signal: AbortSignal,
): Promise<boolean> {
  const [standing, owner, port] = await Promise.all([
    processesOf(files, signal),
    ownerLives(files, signal),
    lookAtPort(url, signal),
  ]);
  return standing.length === 0 && !owner && port === 'refused';
}

/** A process that nobody has collected yet (Z) does not live. */
async function ownerLives(files: ServerFiles, signal: AbortSignal): Promise<boolean> {
  const lock = ['head', '-n', '1', `${files.data}/postmaster.pid`] as const;
  const pid = (await runAt(files, lock, { signal })).stdout.trim();
  if (!/^\d+$/.test(pid)) return false;
  const { stdout } = await runAt(files, ['ps', '-o', 'stat=', '-p', pid], { signal });
  return /^\s*[^Z\s]/.test(stdout);
}
