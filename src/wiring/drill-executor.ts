/**
 * The executor of a drill: the command line itself, in a process that knows the scratch cluster alone. Its
 * environment and its configuration are made here; no secret and no address of production goes along.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { stringify } from 'yaml';
import { drillConfiguration, drillSecrets } from '../core/failover/drill-configuration.ts';
import { type FailoverReport, failoverReportSchema } from '../core/failover/report.ts';
import { layout } from '../core/layout.ts';
import type { Progress } from '../core/ports/engine.ts';
import type { Rehearsal, ScratchCluster } from '../core/ports/rehearsal.ts';
import { rehearsals } from '../engines/rehearsal.ts';
import type { Executed, FailoverDrillOptions } from '../pipeline/failover/drill-at-work.ts';
import { programArgv } from './programs.ts';
import { makeScratch, removeScratch } from './scratch.ts';

/** `undefined` where the engine cannot make a scratch cluster. */
export const openRehearsal = async (engine: string): Promise<Rehearsal | undefined> =>
  rehearsals[engine]?.();

export interface Surroundings
  extends Pick<FailoverDrillOptions, 'cluster' | 'mode' | 'mark' | 'progress' | 'signal'> {
  /** Where its folder is made, and removed again; that of a killed one goes with the next use. */
  readonly tempDir: string;
  /** Of this process: where programs are found. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export async function executeDrill(
  { cluster, mode, mark, progress, signal, tempDir, environment }: Surroundings,
  scratch: ScratchCluster,
): Promise<Executed> {
  const folder = await makeScratch(tempDir);
  try {
    const vault = join(folder, 'vault');
    const facts = { cluster: cluster.name, config: cluster.config, mode, scratch, vault };
    await writeFile(join(folder, 'holdfast.yaml'), stringify(drillConfiguration(facts)));
    const { PATH, HOME } = environment;
    const secrets = drillSecrets(scratch, randomBytes(32).toString('base64'));
    const env = { ...secrets, ...mark, PATH, HOME, HOLDFAST_TMPDIR: folder };
    const words = ['failover', 'start', cluster.name, '--mode', mode, '--yes', '--json'];
    const said = await run(words, { cwd: folder, env, signal, progress });
    const report = await readReport(join(vault, layout.report(cluster.name, 1, 'json')));
    return { report, failure: report === null ? said : null };
  } finally {
    await removeScratch(folder);
  }
}

async function readReport(file: string): Promise<FailoverReport | null> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? null : failoverReportSchema.parse(JSON.parse(text));
}

interface Run {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

const longestWords = 2000;

/** What it wrote to stdout. Its exit status says nothing that its report does not. */
async function run(words: readonly string[], { cwd, env, signal, progress }: Run): Promise<string> {
  const [program, ...args] = programArgv('holdfast');
  const child = spawn(program, [...args, ...words], {
    ...{ cwd, env, signal, killSignal: 'SIGKILL' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.withResolvers<void>();
  child.once('error', ended.reject).once('close', () => ended.resolve());
  ended.promise.catch(() => undefined);
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  for await (const line of createInterface({ input: child.stderr })) {
    progress({ phase: line.trim(), done: 0, unit: 'steps' });
  }
  await ended.promise;
  return text.trim().slice(-longestWords);
}
