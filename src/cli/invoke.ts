/** Runs one verb: reads its words, gives it its context, prints what it answers. */
import { type HoldfastError, InterruptedError, UsageError } from '../core/errors.ts';
import type { Arranged } from './arrange.ts';
import { type CatalogueEntry, catalogue } from './catalogue.ts';
import type { CommandContext, CommandDefinition, FailedPart, Outcome } from './command.ts';
import { openContext } from './context.ts';
import { worstExitCode } from './exit-codes.ts';
import type { Process } from './main.ts';
import { type Answer, errorAnswer, errorText, jsonText, partText } from './output/answer.ts';
import { parseWords } from './program.ts';

interface Run {
  verb: string | undefined;
  json: boolean;
  verbose: boolean;
  readonly warnings: string[];
  /** Hides the secrets that were resolved: a program's own words may hold one. */
  mask: (text: string) => string;
}

export async function invoke(process: Process, arranged: () => Promise<Arranged>): Promise<number> {
  const { words } = process;
  const asked = words.slice(0, words.includes('--') ? words.indexOf('--') : words.length);
  const run: Run = {
    verb: undefined,
    json: asked.includes('--json'),
    verbose: asked.includes('--verbose') || asked.includes('-v'),
    warnings: [],
    mask: (text) => text,
  };
  try {
    const { verb, argv } = await arranged();
    run.verb = verb;
    return await perform(process, run, argv);
  } catch (error) {
    const answer = errorAnswer(run, error);
    if (run.json) process.stdout.write(jsonText(answer));
    else process.stderr.write(run.mask(errorText(error, run.verbose)));
    return answer.exitCode;
  }
}

async function perform(process: Process, run: Run, argv: readonly string[]): Promise<number> {
  const entry = catalogue.find(({ name }) => name === run.verb);
  if (entry === undefined) throw noVerb();
  const definition = await entry.load();
  const { values, help } = parseWords(entry, definition, argv);
  if (help !== undefined) {
    process.stdout.write(help);
    return 0;
  }
  const { context, close, mask } = openContext(process, values, run.warnings);
  run.mask = mask;
  const outcome = await execute(definition, values, context).finally(close);
  return print(process, { definition, outcome, context, entry, run });
}

async function execute(
  definition: CommandDefinition,
  values: Readonly<Record<string, unknown>>,
  context: CommandContext,
): Promise<Outcome<unknown>> {
  const input = readInput(definition, values);
  try {
    return await definition.run(input, context);
  } catch (error) {
    // What fails because of the interruption fails in many words; the cause is one.
    if (!context.signal.aborted || error instanceof InterruptedError) throw error;
    throw new InterruptedError('interrupted: the work under way was stopped', {
      code: 'INTERRUPTED',
      hint: 'Nothing half done counts; run the same command again.',
      cause: error,
    });
  }
}

function readInput(definition: CommandDefinition, values: Readonly<Record<string, unknown>>) {
  const parsed = definition.input.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? '');
  const isOption = definition.options?.some(({ flags }) => flags.includes(`--${name} `));
  throw new UsageError(
    `command not understood: ${isOption ? '--' : ''}${name}: ${issue?.message}`,
    {
      code: 'OPTION_INVALID',
      hint: '`--help` after the command shows what is allowed.',
    },
  );
}

interface Finished {
  readonly definition: CommandDefinition;
  readonly outcome: Outcome<unknown>;
  readonly context: CommandContext;
  readonly entry: CatalogueEntry;
  readonly run: Run;
}

function print(process: Process, { definition, outcome, context, entry, run }: Finished): number {
  const exitCode = outcome.exitCode ?? 0;
  const errors = outcome.errors ?? [];
  const result = definition.result.parse(outcome.result);
  if (run.json) {
    const answer: Answer = {
      command: entry.name,
      ok: exitCode === 0,
      exitCode,
      result,
      warnings: run.warnings,
      error: gravestError(errors),
    };
    process.stdout.write(jsonText(answer));
  } else {
    const text = definition.render(result, context.screen);
    if (text !== '') process.stdout.write(`${text.trimEnd()}\n`);
    for (const each of errors) process.stderr.write(run.mask(partText(each)));
  }
  return exitCode;
}

function gravestError(errors: readonly FailedPart[]): Answer['error'] {
  const gravest = worstExitCode(errors.map(({ error }) => error.exitCode));
  return errors.find(({ error }) => error.exitCode === gravest)?.error ?? null;
}

const noVerb = (): HoldfastError =>
  new UsageError('command not understood: there is no command among the options', {
    code: 'VERB_MISSING',
    hint: '`holdfast --help` lists the commands.',
  });
