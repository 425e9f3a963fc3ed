/** What a verb gets of the world for one run, and how it is put away afterwards. */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { Site } from '../wiring/site.ts';
import type { CommandContext, GlobalOptions } from './command.ts';
import { onInterruption } from './interruption.ts';
import type { Process } from './main.ts';
import { createProgress } from './output/progress.ts';
import { createScreen } from './output/screen.ts';

const globalsSchema = z.object({
  config: z.string().optional(),
  stage: z.string().optional(),
  local: z.boolean().default(false),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  verbose: z.boolean().default(false),
});

export interface OpenedContext {
  readonly context: CommandContext;
  close(): Promise<void>;
  /** `text` without any secret that was resolved. */
  mask(text: string): string;
}

/** `values` are the words as commander read them; `warnings` collects for the JSON answer. */
export function openContext(
  process: Process,
  values: Readonly<Record<string, unknown>>,
  warnings: string[],
): OpenedContext {
  const globals = readGlobals(process.environment, values);
  const now = (): Date => new Date();
  const progress = createProgress({ stream: process.stderr, quiet: globals.quiet, now });
  const interruption = onInterruption((line) => progress.line(line));
  const sites: Site[] = [];
  const context: CommandContext = {
    globals,
    cwd: process.cwd,
    environment: process.environment,
    signal: interruption.signal,
    now,
    screen: createScreen(process.stdout, process.environment, now()),
    progress,
    ask: process.stdin.isTTY && !globals.json ? (question) => askOn(process, question) : undefined,
    warn: (line) => {
      warnings.push(line);
      if (!globals.json) progress.line(`warning: ${line}`);
    },
    note: (line) => {
      if (!globals.quiet) progress.line(line);
    },
    site: async ({ privateKeys = [] } = {}) => {
      const site = await openSiteFor(context, privateKeys);
      sites.push(site);
      return site;
    },
  };
  const close = async (): Promise<void> => {
    await Promise.allSettled(sites.map((site) => site.close()));
    progress.close();
    interruption.release();
  };
  const mask = (text: string): string =>
    sites.reduce((masked, { secrets }) => secrets.mask(masked), text);
  return { context, close, mask };
}

async function askOn({ stdin, stderr }: Process, question: string): Promise<string> {
  const { createInterface } = await import('node:readline/promises');
  const reader = createInterface({ input: stdin, output: stderr });
  try {
    return (await reader.question(question)).trim();
  } finally {
    reader.close();
  }
}

function readGlobals(
  environment: Process['environment'],
  values: Readonly<Record<string, unknown>>,
): GlobalOptions {
  const given = globalsSchema.parse(values);
  return {
    ...given,
    config: given.config ?? (environment['HOLDFAST_CONFIG'] || undefined),
    stage: given.stage ?? (environment['HOLDFAST_STAGE'] || undefined),
  };
}

async function openSiteFor(context: CommandContext, privateKeys: readonly string[]): Promise<Site> {
  const { globals, cwd, environment, now, warn, note } = context;
  const { findConfiguration } = await import('../wiring/configuration.ts');
  const configFile = findConfiguration(globals.config, cwd);
  const { openSite } = await import('../wiring/site.ts');
  const site: Site = await openSite({
    configFile,
    stage: globals.stage,
    environment,
    now,
    warn,
    privateKeys: privateKeys.map((file) => resolve(cwd, file)),
    askStack: async (keys, name) =>
      (await import('./executions/stack-keys.ts')).askStack(keys, name, context),
    log: (line, fields) => {
      const text = fields === undefined ? line : `${line} ${JSON.stringify(fields)}`;
      if (globals.verbose) note(site.secrets.mask(text));
    },
  });
  for (const line of site.warnings) warn(line);
  return site;
}
