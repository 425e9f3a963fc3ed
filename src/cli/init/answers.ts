/** What `init` was told, by options or by answers on a terminal, as parts of a configuration. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { referencePattern } from '../../core/config/values.ts';
import { UsageError } from '../../core/errors.ts';

export interface DatabaseAnswer {
  readonly name: string;
  /** What stands in the configuration: a reference, or a URL without password. */
  readonly connection: string;
  /** A URL that must not stand in the configuration, and the file under `.holdfast/` for it. */
  readonly secret?: { readonly file: string; readonly text: string };
  readonly all: boolean;
}

/** A URL with a password goes into a file of its own; the configuration gets the reference. */
export function databaseAnswer(
  given: string,
  environment: Readonly<Record<string, string | undefined>>,
): DatabaseAnswer {
  if (referencePattern.test(given)) {
    const known = given.startsWith('env:') ? environment[given.slice(4)] : undefined;
    const url = known !== undefined && URL.canParse(known) ? new URL(known) : undefined;
    return { ...databaseOf(url), connection: given };
  }
  if (!/^postgres(ql)?:\/\//.test(given) || !URL.canParse(given)) {
    throw new UsageError('--postgres not understood: neither a URL nor a reference', {
      code: 'OPTION_INVALID',
      hint: 'Give postgres://user@host:port/database, or env:NAME of a variable that holds it.',
    });
  }
  const url = new URL(given);
  const known = databaseOf(url);
  if (url.password === '' && !url.searchParams.has('password'))
    return { ...known, connection: given };
  const file = `secrets/${known.name}-url`;
  return { ...known, connection: `file:.holdfast/${file}`, secret: { file, text: `${given}\n` } };
}

/** Without a database in the URL, all of the server's are meant. */
function databaseOf(url: URL | undefined): { name: string; all: boolean } {
  if (url === undefined) return { name: 'database', all: false };
  const database = decodeURIComponent(url.pathname.slice(1));
  return { name: nameFrom(database, 'database'), all: database === '' };
}

export interface FilesAnswer {
  readonly name: string;
  readonly path: string;
  readonly exclude: readonly string[];
}

/** `taken` is the name of the database; `folder` holds the configuration. */
export function filesAnswer(
  given: string,
  { folder, taken }: { readonly folder: string; readonly taken: string | undefined },
): FilesAnswer {
  const path = resolve(folder, given);
  if (!existsSync(path)) {
    throw new UsageError(`--files not usable: ${path} does not exist`, {
      code: 'OPTION_INVALID',
      hint: 'Name a directory that is there.',
    });
  }
  const wanted = nameFrom(basename(path), 'files');
  const name = wanted === taken ? `${wanted.slice(0, 26)}-files` : wanted;
  // The keys beside the configuration are worth nothing inside the backups that they open.
  const inside = within(path, folder);
  return { name, path, exclude: inside === undefined ? [] : [`${inside}.holdfast/**`] };
}

/** `''` or `a/b/` when `inner` lies in `outer`. */
function within(outer: string, inner: string): string | undefined {
  const path = relative(outer, inner);
  if (path.startsWith('..')) return undefined;
  return path === '' ? '' : `${path}/`;
}

/** A directory or a URL; absent: the usual place of this user. */
export function vaultAnswer(given: string | undefined, folder: string): string {
  if (given?.startsWith('s3://') || given?.startsWith('file:///')) return given;
  if (given?.includes('://')) {
    throw new UsageError(`--vault not understood: ${given.split('://')[0]}:// is not a vault`, {
      code: 'OPTION_INVALID',
      hint: 'Give a directory, file:///directory or s3://bucket/prefix.',
    });
  }
  return pathToFileURL(given === undefined ? usualVault() : resolve(folder, given)).href;
}

const usualVault = (): string =>
  process.getuid?.() === 0 ? '/var/backups/holdfast' : resolve(homedir(), 'holdfast-backups');

/** A vault inside what it backs up would back itself up, for ever. */
export function refuseVaultInside(vault: string, files: FilesAnswer | undefined): void {
  if (files === undefined || !vault.startsWith('file://')) return;
  if (within(files.path, new URL(vault).pathname) === undefined) return;
  throw new UsageError(`--vault not usable: ${vault} lies inside ${files.path}`, {
    code: 'OPTION_INVALID',
    hint: 'Choose a directory outside what is backed up, best on another disk.',
  });
}

function nameFrom(text: string, otherwise: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name.slice(0, 32) || otherwise;
}
