/**
 * After a crash pg_rewind runs the server in single-user mode, which a standby refuses ("standby mode is not
 * supported by single-user servers", xlogrecovery.c): with the fence in place it is recovered as the standby that
 * it is, reachable by nobody, and shut down.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { mustRunAt, runAt, type ServerFiles } from './files.ts';

/** A process that was killed keeps its pid, and with it the server's lock, until somebody collects it. */
const patienceSeconds = 5;
const pauseMilliseconds = 200;

/** Throws FailoverError FILES_FAILED. What keeps it from its log's end is told by whoever reads its control data next. */
export async function recoverAsStandby(files: ServerFiles, signal: AbortSignal): Promise<void> {
  const { data } = files;
  await mustRunAt(files, ['touch', `${data}/standby.signal`], { signal });
  const settings = {
    listen_addresses: '',
    unix_socket_directories: data,
    primary_conninfo: '',
    restore_command: '',
    archive_mode: 'off',
  };
  const given = Object.entries(settings).map(([name, value]) => `-c ${name}=${quoted(value)}`);
  const ctl = (...args: readonly string[]) =>
    runAt(files, ['pg_ctl', '-D', data, '-w', '-t', '600', ...args], { signal });
  const giveUpAt = performance.now() + patienceSeconds * 1000;
  while ((await ctl('-l', '/dev/null', '-o', given.join(' '), 'start')).status !== 0) {
    if (performance.now() > giveUpAt) break;
    await sleep(pauseMilliseconds, undefined, { signal });
  }
  await ctl('-m', 'fast', 'stop');
}

/** pg_ctl gives its options to a shell. */
const quoted = (value: string): string => `'${value.replaceAll("'", `'\\''`)}'`;
