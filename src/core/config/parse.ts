/** holdfast.yaml as text → a Config, or every problem at once, each with its line and column. */
import { z } from 'zod';
import { type ConfigProblem, ConfigurationError } from '../errors.ts';
import { allowedWords } from '../nearest.ts';
import { checkDeployment } from './check-deployment.ts';
import { checkReferences } from './check-references.ts';
import { checkSchedules } from './check-schedules.ts';
import { checkSources, type EngineParts } from './check-sources.ts';
import { checkTiers } from './check-tiers.ts';
import { checkVault } from './check-vault.ts';
import { explainIssues } from './explain.ts';
import { type Finding, finding } from './finding.ts';
import { isMapping, overlay } from './overlay.ts';
import type { Path } from './place.ts';
import { type Config, configSchema } from './schema.ts';
import type { Shape } from './shape.ts';
import { type ConfigDocument, readYaml } from './yaml-document.ts';

/** What the registries contribute. */
export interface ConfigParts {
  readonly engines: readonly EngineParts[];
  readonly channels: readonly { readonly schema: z.ZodType }[];
}

export interface ParseOptions extends ConfigParts {
  /** As shown in messages: `holdfast.yaml`. */
  readonly file: string;
  /** Which of `stages:` is laid over the rest. */
  readonly stage?: string | undefined;
}

export interface ParsedConfig {
  readonly config: Config;
  /** `holdfast.yaml:12:5 sources.orders…: …`; the configuration is usable. */
  readonly warnings: readonly string[];
  /** Whether it says `deploy:`: the rest knows its defaults only. */
  readonly hasDeployment: boolean;
}

/** Throws ConfigurationError (exit 2) that lists every problem. */
export function parseConfig(text: string, options: ParseOptions): Config {
  return readConfig(text, options).config;
}

export function readConfig(text: string, options: ParseOptions): ParsedConfig {
  const document = readYaml(text);
  const { config, findings, hasDeployment = false } = examine(document, options);
  const problems = findings.map((found) => ({ found, problem: locate(found, document, options) }));
  const errors = problems.filter(({ found }) => found.level !== 'warning');
  if (config === undefined || errors.length > 0) {
    throw new ConfigurationError(options.file, errors.map(({ problem }) => problem).sort(byPlace));
  }
  return { config, hasDeployment, warnings: problems.map(({ problem }) => problem.text) };
}

/** The JSON Schema of a configuration as people write it, for editors. */
export function configJsonSchema(parts: ConfigParts): Record<string, unknown> {
  return z.toJSONSchema(schemaOf(parts), { io: 'input', unrepresentable: 'any' });
}

const schemaOf = ({ engines, channels }: ConfigParts) =>
  configSchema({
    sources: engines.map(({ schema }) => schema),
    channels: channels.map(({ schema }) => schema),
  });

interface Examined {
  readonly config?: Config;
  readonly hasDeployment?: boolean;
  readonly findings: readonly Finding[];
}

function examine(document: ConfigDocument, options: ParseOptions): Examined {
  if (document.findings.length > 0) return { findings: document.findings };
  if (!isMapping(document.value)) return { findings: [notAMapping(document.value)] };
  const staged = applyStage(document.value, options.stage);
  if ('message' in staged) return { findings: [staged] };
  const parsed = schemaOf(options).safeParse(staged.value);
  if (!parsed.success) {
    const root = configJsonSchema(options) as Shape;
    return { findings: explainIssues(parsed.error.issues, root, staged.value) };
  }
  const config = parsed.data;
  const findings = [
    ...checkVault(config),
    ...checkTiers(config),
    ...checkSources(config, options.engines),
    ...checkReferences(config),
    ...checkSchedules(config),
    ...checkDeployment(config),
  ];
  return { config, findings, hasDeployment: isMapping(staged.value) && 'deploy' in staged.value };
}

function notAMapping(value: unknown): Finding {
  if (value === null || value === undefined) {
    return finding(
      [],
      'the file is empty; expected `vault:` and `sources:`; `holdfast init` writes one',
    );
  }
  return finding([], 'not a mapping; expected the keys `vault:` and `sources:`');
}

function applyStage(
  file: Readonly<Record<string, unknown>>,
  stage: string | undefined,
): { readonly value: unknown } | Finding {
  const { stages, ...base } = file;
  if (stages !== undefined && stages !== null && !isMapping(stages)) {
    return finding(['stages'], 'expected a mapping: `prod: {…}`');
  }
  if (stage === undefined) return { value: base };
  // Deployed without stages of its own, it is the same in each of them.
  if (stages === undefined && 'deploy' in base) return { value: base };
  const known = Object.keys(stages ?? {});
  if (!known.includes(stage)) {
    return finding(['stages'], `no stage "${stage}"${allowedWords(stage, known)}`, 'key');
  }
  return { value: overlay(base, stages?.[stage] ?? {}) };
}

/** What a stage says stands under `stages.<name>`, the rest where it always does. */
function locate(found: Finding, document: ConfigDocument, options: ParseOptions): ConfigProblem {
  const staged: Path = ['stages', options.stage ?? '', ...found.path];
  const path = options.stage !== undefined && document.has(staged) ? staged : found.path;
  const { line, column } = found.position ?? document.position(path, found.at);
  const name = pathText(found.path);
  const text = `${options.file}:${line}:${column} ${name === '' ? '' : `${name}: `}${found.message}`;
  return { path: name, line, column, message: found.message, text };
}

function pathText(path: Path): string {
  return path.reduce<string>((text, element) => {
    if (typeof element === 'number') return `${text}[${element}]`;
    return text === '' ? element : `${text}.${element}`;
  }, '');
}

const byPlace = (a: ConfigProblem, b: ConfigProblem): number =>
  a.line - b.line || a.column - b.column;
