/** `npm run package`: the whole stack of a stage in one folder, without an account and without network. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../src/core/errors.ts';
import type { Template } from './stack/changes.ts';
import { recoveryOf } from './stack/recovery.ts';
import { readStage } from './stack/stage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export interface PackageOptions {
  readonly stage: string;
  /** holdfast.yaml. */
  readonly config: string;
  /** The folder that is made anew; one for each stage under `.package/` when absent. */
  readonly folder?: string | undefined;
}

export interface Packaged {
  readonly folder: string;
  /** CloudFormation, complete. */
  readonly template: string;
  /** The deployed configuration: what goes to `config/<sha256>.json`. */
  readonly config: string;
  /** What the configuration of the stage says that one may not expect. */
  readonly warnings: readonly string[];
  /** That of the recovery Region, where the stage has one. */
  readonly recovery?: Packaged;
}

/** Throws UsageError where the configuration cannot be deployed, `PACKAGE_FAILED` with the framework's words. */
export async function makePackage(options: PackageOptions): Promise<Packaged> {
  const folder = resolve(options.folder ?? packageFolder(options.stage));
  // Before the framework sees them: its own messages would bury what is wrong.
  const stage = await readStage(options.config, options.stage);
  const recovery = recoveryOf(stage);
  if (recovery !== undefined) await readStage(options.config, recovery);
  await rm(folder, { recursive: true, force: true });
  await runFramework(['package', '--stage', options.stage, '--package', folder], options.config);
  const config = join(folder, 'config.json');
  await writeFile(config, stage.deployed.text);
  const { warnings = [] } = stage;
  const packaged = { folder, template: templateIn(folder), config, warnings };
  if (recovery === undefined) return packaged;
  const there = { ...options, stage: recovery, folder: join(folder, 'recovery') };
  return { ...packaged, recovery: await makePackage(there) };
}

export const packageFolder = (stage: string): string => join(root, '.package', stage);

export const templateIn = (folder: string): string =>
  join(folder, 'cloudformation-template-update-stack.json');

export async function readTemplate(file: string): Promise<Template> {
  return JSON.parse(await readFile(file, 'utf8')) as Template;
}

/** The framework works in folders of the project: one at a time. */
export async function runFramework(
  argv: readonly string[],
  config: string,
  credentials: Readonly<Record<string, string>> = noCredentials,
): Promise<void> {
  const release = await takeTurn();
  try {
    await runIn(root, argv, { ...credentials, HOLDFAST_CONFIG: resolve(config) });
  } finally {
    await release();
  }
}

const turnFile = join(root, '.package/running');
const turnPollMs = 200;

/** The file holds the id of the process whose turn it is; that of a dead one is taken over. */
async function takeTurn(): Promise<() => Promise<void>> {
  await mkdir(join(root, '.package'), { recursive: true });
  for (;;) {
    try {
      await writeFile(turnFile, String(process.pid), { flag: 'wx' });
      return () => rm(turnFile, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = Number(await readFile(turnFile, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) await rm(turnFile, { force: true });
    else await setTimeout(turnPollMs);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function runIn(
  cwd: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const program = join(root, 'node_modules/serverless/bin/serverless.js');
  const child = spawn(process.execPath, [program, ...argv], {
    cwd,
    env: { ...process.env, ...environment, FORCE_COLOR: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes: Buffer) => said.push(bytes));
  }
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw failed(Buffer.concat(said).toString('utf8'));
}

/** The framework asks for some even where it calls nobody. */
const noCredentials = { AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' };

const failed = (said: string): UsageError =>
  new UsageError(`The stack could not be made: ${said.replace(/^ +at .*$/gm, '').trim()}`, {
    code: 'PACKAGE_FAILED',
    hint: 'The lines above are of osls; docs/deploy.md says what it needs.',
  });
