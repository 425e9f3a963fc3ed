import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openControl } from '../../src/control/index.ts';
import { sshControl } from '../../src/control/ssh.ts';

const signal = new AbortController().signal;
const commands = { stop: ['false'], start: ['true'] };
const quick = { timeoutSeconds: 30, signal };

describe('control of this machine', () => {
  const control = openControl({ local: { ...commands, user: 'postgres' } });

  it('gives status, output and errors, and hands variables and input over', async () => {
    const argv = ['sh', '-c', 'cat; echo "$SECRET"; echo bad >&2; exit 3'] as const;
    const output = await control.run({
      argv: [...argv],
      env: { SECRET: 'x y' },
      input: 'in\n',
      ...quick,
    });
    expect(output).toEqual({ status: 3, stdout: 'in\nx y\n', stderr: 'bad\n' });
    expect((await control.stop(signal)).status).toBe(1);
    expect((await control.start(signal)).status).toBe(0);
  });

  it.runIf(process.getuid?.() === 0)('runs as the owner of the data directory', async () => {
    expect((await control.run({ argv: ['id', '-un'], ...quick })).stdout).toBe('postgres\n');
  });

  it('ends what takes too long, and says when a program is not there', async () => {
    const slow = control.run({ argv: ['sleep', '60'], timeoutSeconds: 0.2, signal });
    await expect(slow).rejects.toMatchObject({ code: 'CONTROL_TIMEOUT' });
    const bare = openControl({ local: commands });
    await expect(bare.run({ argv: ['no-such-program'], ...quick })).rejects.toMatchObject({
      code: 'CONTROL_UNREACHABLE',
    });
    const aborted = control.run({
      argv: ['sleep', '60'],
      timeoutSeconds: 30,
      signal: AbortSignal.timeout(100),
    });
    await expect(aborted).rejects.toMatchObject({ code: 'CONTROL_TIMEOUT' });
  });

  it('does not wait for a server that keeps the pipes of its starter', async () => {
    const began = performance.now();
    const output = await control.run({ argv: ['sh', '-c', 'sleep 20 & echo started'], ...quick });
    expect(output.stdout).toBe('started\n');
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

/** A stand-in for ssh: checks its options, and gives the last word to a shell as sshd does. */
const standIn = `#!/bin/sh
[ "$1 $2 $3 $4 $6" = "-o BatchMode=yes -o ConnectTimeout=5 --" ] || exit 99
[ "$5" = down ] && { echo 'connect: Connection refused' >&2; exit 255; }
exec sh -c "$7"
`;

describe('what a started program inherits', () => {
  it('is not this process’ secrets', async () => {
    process.env['HOLDFAST_KEY'] = 'very secret';
    const control = openControl({ local: commands });
    const { stdout } = await control.run({ argv: ['env'], ...quick });
    delete process.env['HOLDFAST_KEY'];
    expect(stdout).toContain('PATH=');
    expect(stdout).not.toContain('very secret');
  });

  it('nothing runs for a call that was given up before', async () => {
    const control = openControl({ local: commands });
    const given = control.run({
      argv: ['sleep', '60'],
      timeoutSeconds: 90,
      signal: AbortSignal.abort(),
    });
    await expect(given).rejects.toMatchObject({ code: 'CONTROL_TIMEOUT' });
  });
});

describe('control by ssh', () => {
  let folder: string;
  let path: string | undefined;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-ssh-'));
    writeFileSync(join(folder, 'ssh'), standIn, { mode: 0o755 });
    path = process.env['PATH'];
    process.env['PATH'] = `${folder}:${path}`;
  });
  afterAll(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  });

  it('hands each word over as it is, and variables by stdin only', async () => {
    const control = sshControl({ host: 'db1', ...commands });
    const words = ['a b', "it's", '$HOME', '*', '', '"', 'é\nline', '; false'];
    const argv: [string, ...string[]] = [
      'sh',
      '-c',
      'printf "<%s>" "$@"; echo "$SECRET"; cat; tr "\\0" " " < /proc/$PPID/cmdline',
      'sh',
      ...words,
    ];
    const output = await control.run({ argv, env: { SECRET: "p'w $x" }, input: 'rest', ...quick });
    expect(output.status).toBe(0);
    expect(output.stdout).toContain(`${words.map((word) => `<${word}>`).join('')}p'w $x\nrest`);
    expect(output.stdout.split("p'w $x")).toHaveLength(2);
    expect(control.place).toBe('ssh db1');
  });

  it('a machine that does not answer is CONTROL_UNREACHABLE; a status of the command is an answer', async () => {
    const down = sshControl({ host: 'down', ...commands });
    await expect(down.start(signal)).rejects.toMatchObject({
      code: 'CONTROL_UNREACHABLE',
      message: expect.stringContaining('Connection refused'),
    });
    expect((await sshControl({ host: 'db1', ...commands }).stop(signal)).status).toBe(1);
  });

  it('refuses a variable of two lines', async () => {
    const control = sshControl({ host: 'db1', ...commands });
    await expect(
      control.run({ argv: ['true'], env: { A: 'x\ny' }, ...quick }),
    ).rejects.toMatchObject({ code: 'CONTROL_VARIABLE' });
  });
});
