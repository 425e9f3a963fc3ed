/** Which sources a person means by names, `--all` and `--kind`. */
import type { Config } from '../core/config/schema.ts';
import { UsageError } from '../core/errors.ts';
import { allowedWords } from '../core/nearest.ts';
import { sourceOrder } from '../core/source-order.ts';
import { engines } from '../engines/index.ts';

export interface SourceChoice {
  readonly sources?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  readonly kind?: string | undefined;
}

/**
 * In the order of `after:`. Nothing chosen means the only source there is.
 * Throws UsageError SOURCE_UNKNOWN, SOURCES_UNCHOSEN, OPTION_INVALID.
 */
export function selectSources(config: Config, choice: SourceChoice): string[] {
  const ordered = sourceOrder(config.sources);
  const named = choice.sources ?? [];
  for (const name of named) demandSource(ordered, name);
  if (named.length > 0) refuseBoth(choice);
  if (named.length > 0) return ordered.filter((name) => named.includes(name));
  const wanted = choice.kind;
  if (wanted !== undefined) {
    return nonEmpty(
      ordered.filter((name) => kindOf(config, name) === wanted),
      `of kind ${wanted}`,
    );
  }
  if (choice.all || ordered.length === 1) return nonEmpty(ordered, 'in the configuration');
  throw new UsageError(`no source named: there are ${ordered.join(', ')}`, {
    code: 'SOURCES_UNCHOSEN',
    hint: 'Name sources, or say --all.',
  });
}

function refuseBoth({ sources = [], all, kind }: SourceChoice): void {
  if (!all && kind === undefined) return;
  const option = all ? '--all' : '--kind';
  throw new UsageError(`${sources.join(', ')} and ${option}: only one of them can choose`, {
    code: 'OPTION_INVALID',
    hint: 'Name sources, or say --all or --kind, not both.',
  });
}

export function demandSource(names: readonly string[], name: string): void {
  if (names.includes(name)) return;
  throw new UsageError(`there is no source "${name}"${allowedWords(name, names)}`, {
    code: 'SOURCE_UNKNOWN',
    hint: 'Sources are the keys under `sources:`.',
  });
}

function nonEmpty(names: string[], where: string): string[] {
  if (names.length > 0) return names;
  throw new UsageError(`no source to work on: there is none ${where}`, {
    code: 'SOURCES_NONE',
    hint: 'Add one under `sources:`, or choose otherwise.',
  });
}

function kindOf({ sources }: Config, name: string): string | undefined {
  const source = sources[name];
  return source?.kind ?? engines.find((engine) => engine.name === source?.engine)?.kind;
}
