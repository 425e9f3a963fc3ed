/** Shell completion: what may come next, told from the catalogue and the configuration. */
import { readFileSync } from 'node:fs';
import tab, { type Complete } from '@bomb.sh/tab';
import { Option } from 'commander';
import { parse } from 'yaml';
import { findConfiguration } from '../../wiring/configuration.ts';
import { catalogue, groups } from '../catalogue.ts';
import type { CommandDefinition, Completes, OptionSpec } from '../command.ts';
import { globalOptions } from '../program.ts';
import { printed } from './printed.ts';

export interface CompletionPlace {
  readonly cwd: string;
  readonly config: string | undefined;
}

/** One line for each word that may come next, as the script expects them. */
export async function completions(
  words: readonly string[],
  place: CompletionPlace,
): Promise<string> {
  const values: Record<Completes, () => string[]> = {
    source: () => namesUnder('sources', place),
    stage: () => namesUnder('stages', place),
    executions: () => [],
    file: () => [],
  };
  const offer =
    (kind: Completes | undefined, choices: readonly string[] = []) =>
    (complete: Complete): void => {
      const found = kind === undefined ? choices : values[kind]();
      for (const value of found) complete(value, '');
    };
  for (const [name, summary] of Object.entries(groups)) tab.command(name, summary);
  for (const { name, summary, load } of catalogue) {
    const command = tab.command(name, summary);
    const definition = await load();
    describeArguments(command, definition, offer);
    for (const spec of [...(definition.options ?? []), ...globalOptions]) {
      describeOption(command, spec, offer);
    }
  }
  return printed(() => tab.parse([...words]));
}

type Command = ReturnType<typeof tab.command>;
type Offer = (
  kind: Completes | undefined,
  choices?: readonly string[],
) => (complete: Complete) => void;

function describeArguments(command: Command, definition: CommandDefinition, offer: Offer): void {
  for (const { name, completes } of definition.arguments ?? []) {
    const shells = name === '<shell>' ? ['bash', 'zsh', 'fish'] : [];
    command.argument(name.replace(/[^a-z]/g, ''), offer(completes, shells), name.includes('...'));
  }
}

function describeOption(command: Command, spec: OptionSpec, offer: Offer): void {
  const { long = '', short, required } = new Option(spec.flags);
  const alias = short?.slice(1);
  const name = long.slice(2);
  if (required) command.option(name, spec.description, offer(spec.completes, spec.choices), alias);
  else if (alias === undefined) command.option(name, spec.description);
  else command.option(name, spec.description, alias);
}

/** A configuration that is broken completes nothing. */
function namesUnder(key: 'sources' | 'stages', { config, cwd }: CompletionPlace): string[] {
  try {
    return Object.keys(parse(readFileSync(findConfiguration(config, cwd), 'utf8'))[key]);
  } catch {
    return [];
  }
}
