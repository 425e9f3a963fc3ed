/** What a verb is: its words, what it does, and how its result is shown. */
import { z } from 'zod';
import type { ErrorReport } from '../core/errors.ts';
import type { Site } from '../wiring/site.ts';
import type { ProgressView } from './output/progress.ts';
import type { Screen } from './output/screen.ts';

/** What the shell completes a word with. */
export type Completes = 'source' | 'stage' | 'file' | 'executions';

export interface ArgumentSpec {
  /** As in usage: `<source>`, `[source...]`. */
  readonly name: string;
  readonly description: string;
  readonly completes?: Completes;
}

export interface OptionSpec {
  /** `--at <when>`, `--overwrite`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** May be given several times; gives a list. */
  readonly repeatable?: boolean;
  readonly completes?: Completes;
}

export interface Example {
  readonly line: string;
  readonly does: string;
}

export interface GlobalOptions {
  readonly config: string | undefined;
  readonly stage: string | undefined;
  /** This machine does the work of a stage that is deployed. */
  readonly local: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What a verb may use of the world. */
export interface CommandContext {
  readonly globals: GlobalOptions;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly now: () => Date;
  readonly screen: Screen;
  readonly progress: ProgressView;
  /** Shown on stderr and listed in the JSON answer. */
  warn(line: string): void;
  /** One quiet line on stderr about what is going on; silent with --quiet. */
  note(line: string): void;
  /** Asks a person; undefined where there is none to ask. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /**
   * Finds holdfast.yaml and opens what it describes; its warnings are given by `warn`.
   * `privateKeys`: PEM files of escrow keys. Closed when the command ends.
   */
  site(options?: { readonly privateKeys?: readonly string[] }): Promise<Site>;
}

export interface FailedPart {
  /** The source or backup that failed. */
  readonly part: string;
  readonly error: ErrorReport;
}

export interface Outcome<R> {
  readonly result: R;
  /** 0 unless said otherwise. */
  readonly exitCode?: number;
  /** What failed while the rest went on: each is printed, the gravest stands in the JSON answer. */
  readonly errors?: readonly FailedPart[];
}

export interface CommandDefinition<I = unknown, R = unknown> {
  /** One paragraph under the usage line. */
  readonly description: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly examples: readonly [Example, ...Example[]];
  /** Arguments and options by their camel-case names. */
  readonly input: z.ZodType<I>;
  /** Of `result` in the JSON answer. */
  readonly result: z.ZodType<R>;
  run(input: I, context: CommandContext): Promise<Outcome<R>>;
  /** For people; '' prints nothing. */
  render(result: R, screen: Screen): string;
}

/** An option's number, as it was typed. */
export function wholeNumber(least: number, most: number) {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z.coerce.number(expected).int(expected).min(least, expected).max(most, expected);
}

/** Ties the types of input and result together, then forgets them: the catalogue holds all kinds. */
export function defineCommand<I, R>(definition: CommandDefinition<I, R>): CommandDefinition {
  return definition as CommandDefinition;
}
