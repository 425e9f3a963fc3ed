/**
 * Where Holdfast's own programs lie: TypeScript sources when run from a checkout, bundles in `dist/`
 * otherwise. The names are the outputs of scripts/build.ts.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../core/errors.ts';

type Argv = readonly [string, ...string[]];

/** Bundled name → its source, from the root of the project. */
const sources = {
  holdfast: 'src/cli/holdfast.ts',
  task: 'containers/task.ts',
  'files-archive': 'src/engines/files/archive-program.ts',
  'files-extract': 'src/engines/files/extract-program.ts',
} as const;
export type ProgramName = keyof typeof sources;

/** argv prefix that runs a program with this very Node. */
export function programArgv(name: ProgramName): Argv {
  return [process.execPath, programFile(name)];
}

/** As `EngineContext.helper`; throws UsageError `PROGRAM_UNKNOWN`. */
export function helperArgv(name: string): Argv {
  if (Object.hasOwn(sources, name)) return programArgv(name as ProgramName);
  throw new UsageError(`There is no helper program "${name}"`, { code: 'PROGRAM_UNKNOWN' });
}

/** The folder that holds `state-machines/`. */
export function machinesFolder(): string {
  return fileURLToPath(new URL('state-machines', inBundle() ? bundleFolder() : projectRoot()));
}

const programFile = (name: ProgramName): string =>
  fileURLToPath(
    inBundle() ? new URL(`${name}.js`, bundleFolder()) : new URL(sources[name], projectRoot()),
  );

/** A bundle is JavaScript: this module lies in `dist/` or in `dist/chunks/` then. */
const inBundle = (): boolean => import.meta.url.endsWith('.js');
const projectRoot = (): URL => new URL('../../', import.meta.url);

function bundleFolder(): URL {
  const here = new URL('./', import.meta.url);
  return existsSync(new URL('task.js', here)) ? here : new URL('../', import.meta.url);
}
