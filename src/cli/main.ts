/** One run of the command line: words in, output and an exit code out. */
import { arrange } from './arrange.ts';
import { catalogue, groupDefaults, groups } from './catalogue.ts';
import type { Streams } from './output/answer.ts';
import { flagTakesValue, globalOptions, overview } from './program.ts';

export interface Process extends Streams {
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
}

/** Never rejects and never exits: the caller sets the exit code that it gives. */
export async function main(process: Process): Promise<number> {
  const { words, stdout, stderr } = process;
  if (words.length === 0) {
    stderr.write(overview(topLevel()));
    return 2;
  }
  const [first = ''] = words;
  if (first === '--version' || first === '-V') {
    const { version } = await import('../wiring/version.ts');
    stdout.write(`${version}\n`);
    return 0;
  }
  if (first === 'complete' && words[1] === '--') {
    const { completions } = await import('./completion/words.ts');
    const place = { cwd: process.cwd, config: process.environment['HOLDFAST_CONFIG'] };
    stdout.write(await completions(words.slice(2), place));
    return 0;
  }
  const help = helpFor(words);
  if (help !== undefined) {
    stdout.write(help);
    return 0;
  }
  // Help above answers at once; what follows loads the rest.
  const { invoke } = await import('./invoke.ts');
  return invoke(process, () =>
    arrange(first === 'help' ? [...words.slice(1), '--help'] : words, {
      verbs: catalogue.map(({ name }) => name),
      groupDefaults,
      takesValue,
    }),
  );
}

/** `holdfast --help` and `holdfast keys --help`. */
function helpFor(words: readonly string[]): string | undefined {
  const asked = words.filter((word) => word !== '--help' && word !== '-h' && word !== 'help');
  if (asked.length === words.length || asked.length > 1) return undefined;
  const [group] = asked;
  if (group === undefined) return overview(topLevel());
  if (groups[group] === undefined) return undefined;
  return overview(
    catalogue
      .filter(({ name }) => name.startsWith(`${group} `))
      .map(({ name, summary }) => ({ name: name.slice(group.length + 1), summary })),
    group,
  );
}

function topLevel(): { name: string; summary: string }[] {
  const seen = new Map<string, string>();
  for (const { name, summary } of catalogue) {
    const [first = ''] = name.split(' ');
    seen.set(first, groups[first] ?? summary);
  }
  return [...seen].map(([name, summary]) => ({ name, summary }));
}

/** Asked for options that stand before the verb: any verb may own them. */
async function takesValue(flag: string): Promise<boolean> {
  if (flagTakesValue(flag, globalOptions)) return true;
  const definitions = await Promise.all(catalogue.map(({ load }) => load()));
  return flagTakesValue(
    flag,
    definitions.flatMap(({ options }) => options ?? []),
  );
}
