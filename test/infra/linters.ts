/** cfn-lint and checkov, each in a virtual environment of its own, installed once and pinned. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { installOnce } from '../servers/install.ts';

const run = promisify(execFile);
const versions = { 'cfn-lint': '1.58.0', checkov: '3.3.30' } as const;
type Linter = keyof typeof versions;

/** The program's path. */
export function linter(name: Linter): Promise<string> {
  const version = versions[name];
  const venv = resolve(import.meta.dirname, `../../.cache/${name}-${version}`);
  return installOnce(join(venv, 'bin', name), async () => {
    await run('python3', ['-m', 'venv', venv]);
    await run(join(venv, 'bin/pip'), ['install', '--quiet', `${name}==${version}`]);
  });
}

/** What it prints, whatever its status: findings are told by text. */
export async function lint(name: Linter, argv: readonly string[]): Promise<string> {
  const program = await linter(name);
  const options = { maxBuffer: 64 * 1024 * 1024 };
  return run(program, argv, options).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout: string; readonly stderr: string }) => error.stdout + error.stderr,
  );
}
