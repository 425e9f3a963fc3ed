/** A task that does what TASK_DOES says: for tests of the launcher. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const { TASK_DOES = '', SIDE_FILE = '' } = process.env;
const forever = () => setInterval(() => undefined, 1_000);

const acts: Record<string, () => void> = {
  succeed: () =>
    process.stdout.write('{"message_type":"progress","done":1}\nnot json\n{"other":1}\n'),
  'tell environment': () => writeFileSync(SIDE_FILE, JSON.stringify(process.env)),
  'report an error': () => {
    process.stderr.write('{"level":"info","message":"on it"}\n');
    process.stderr.write('{"level":"error","error":{"name":"SourceError","code":"GONE"}}\n');
    process.stderr.write('a last word\n');
    process.exitCode = 75;
  },
  'die silently': () => {
    process.exitCode = 3;
  },
  crash: () => {
    process.stderr.write('out of luck\n');
    process.kill(process.pid, 'SIGKILL');
    forever();
  },
  'ignore SIGTERM with a child': () => {
    process.on('SIGTERM', () => undefined);
    const ignore = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
    const child = spawn(process.execPath, ['-e', ignore], { stdio: 'inherit' });
    writeFileSync(SIDE_FILE, `${process.pid} ${child.pid}`);
    forever();
  },
  'leave a daemon behind': () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'inherit',
    });
    writeFileSync(SIDE_FILE, `${process.pid} ${child.pid}`);
    child.unref();
    process.exit(0);
  },
};
acts[TASK_DOES]?.();
