/** Finds PostgreSQL's programs on this machine, and the ones fit for a server. */
import { access, constants, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ToolError } from '../../core/errors.ts';
import { runTool } from './run-tool.ts';

export interface Installation {
  readonly bin: string;
  /** `15.18`. */
  readonly version: string;
  readonly major: number;
}

/** Where Debian, Red Hat and a build from source put them. */
const roots = [
  { parent: '/usr/lib/postgresql', versioned: /^\d+$/ },
  { parent: '/usr', versioned: /^pgsql-\d+$/ },
  { parent: '/usr/local', versioned: /^pgsql$/ },
];

/** Every installation that has `program`, the oldest major version first. */
export async function findInstallations(program: string): Promise<Installation[]> {
  return installationsIn([...(await knownFolders()), ...(await folderOnPath(program))], program);
}

async function installationsIn(
  folders: readonly string[],
  program: string,
): Promise<Installation[]> {
  const found = await Promise.all(folders.map((bin) => installationAt(bin, program)));
  const unique = new Map(found.filter((one) => one !== undefined).map((one) => [one.bin, one]));
  return [...unique.values()].sort((a, b) => a.major - b.major);
}

/**
 * The installation of that major version, else the next newer one.
 * Throws ToolError CLIENT_MISSING when there is none, with the line that installs it.
 */
export async function installationFor(program: string, major: number): Promise<Installation> {
  const fitting = (all: readonly Installation[]) => all.find((one) => one.major >= major);
  const known = fitting(await installationsIn(await knownFolders(), program));
  if (known !== undefined) return known;
  const all = await findInstallations(program);
  const fit = fitting(all);
  if (fit !== undefined) return fit;
  const seen = all.map((one) => one.version).join(', ') || 'none';
  throw new ToolError(`no ${program} of version ${major} or newer: found ${seen}`, {
    code: 'CLIENT_MISSING',
    hint: installLine(program, major),
  });
}

function installLine(program: string, major: number): string {
  const suite = program === 'postgres' ? 'postgresql' : 'postgresql-client';
  return `apt-get install ${suite}-${major} (from PostgreSQL's own apt repository where the distribution is older)`;
}

async function knownFolders(): Promise<string[]> {
  const lists = await Promise.all(
    roots.map(async ({ parent, versioned }) => {
      const names = await readdir(parent).catch(() => []);
      return names.filter((name) => versioned.test(name)).map((name) => join(parent, name, 'bin'));
    }),
  );
  return lists.flat();
}

async function folderOnPath(program: string): Promise<string[]> {
  const found = await runTool({ argv: ['which', program] }).catch(() => undefined);
  return found === undefined ? [] : [dirname(found.stdout.trim())];
}

async function installationAt(bin: string, program: string): Promise<Installation | undefined> {
  const file = join(bin, program);
  try {
    await access(file, constants.X_OK);
    const { stdout } = await runTool({ argv: [file, '--version'] });
    const version = /\d+(\.\d+)*/.exec(stdout)?.[0];
    return version === undefined
      ? undefined
      : { bin, version, major: Number.parseInt(version, 10) };
  } catch {
    return undefined;
  }
}
