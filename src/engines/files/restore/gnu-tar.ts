/**
 * GNU tar as the writer of a tree: it sets times to the nanosecond, which Node cannot, and modes,
 * owners, ACLs, attributes and holes. It is fed through a FIFO, so that a plain write blocks.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync, rmSync } from 'node:fs';
import { ToolError } from '../../../core/errors.ts';
import { BlockWriter } from '../archive/block-writer.ts';
import { isRoot } from './restorable.ts';

/** Nothing of the caller's: TAR_OPTIONS and locales would change what tar does. */
const environment = {
  LC_ALL: 'C',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};

const extractArguments = [
  ...['--extract', '--file=-', '--blocking-factor=512', '--read-full-records'],
  ...['--preserve-permissions', '--numeric-owner', '--delay-directory-restore'],
  ...['--acls', '--xattrs', '--xattrs-include=*', '--warning=no-timestamp'],
];
/** Attributes that only root may set. */
const unprivilegedArguments = ['--xattrs-exclude=security.*', '--xattrs-exclude=trusted.*'];

export interface TarTarget {
  readonly directory: string;
  /** Path for files of the moment: `<prefix>.fifo`, `<prefix>.stderr`. */
  readonly scratchPrefix: string;
}

/** Extracts what `write` puts. Throws ToolError `TAR_FAILED` with what tar said. */
export async function extractInto(
  target: TarTarget,
  write: (out: BlockWriter) => void,
): Promise<void> {
  const stderrFile = `${target.scratchPrefix}.stderr`;
  const stderr = openSync(stderrFile, 'w', 0o600);
  const pipe = openFifo(`${target.scratchPrefix}.fifo`);
  const owner = isRoot() ? ['--same-owner'] : ['--no-same-owner', ...unprivilegedArguments];
  const child = spawn('tar', [...extractArguments, ...owner, `--directory=${target.directory}`], {
    stdio: [pipe.reader, 'ignore', stderr],
    env: environment,
  });
  closeSync(pipe.reader);
  closeSync(stderr);
  const exited = once(child, 'exit');
  const written = attempt(() => {
    const out = new BlockWriter(pipe.writer);
    write(out);
    out.end();
  });
  closeSync(pipe.writer);
  const [code, signal] = await exited;
  if (written !== undefined && (written as NodeJS.ErrnoException).code !== 'EPIPE') throw written;
  if (code !== 0) {
    const seen = firstLines(readFileSync(stderrFile, 'utf8')) || `ended by ${signal ?? code}`;
    throw new ToolError(`tar could not write the tree: ${seen}`, { code: 'TAR_FAILED' });
  }
}

const firstLines = (text: string): string =>
  text
    .trim()
    .split('\n', 5)
    .map((line) => line.slice(0, 300))
    .join('; ');

/** Opened both ways first, so that neither end waits for the other. */
function openFifo(file: string): { reader: number; writer: number } {
  execFileSync('mkfifo', ['-m', '600', file]);
  const both = openSync(file, constants.O_RDWR);
  const reader = openSync(file, constants.O_RDONLY);
  const writer = openSync(file, constants.O_WRONLY);
  closeSync(both);
  rmSync(file);
  return { reader, writer };
}

function attempt(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}
