/** holdfast.yaml as text → a Config, or every problem at once, each with its line and column. */
import { z } from 'zod';
import { type ConfigProblem, ConfigurationError } from '../errors.ts';

import { checkClusters } from './check-clusters.ts';

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
import { recoveryConfig, withRecoveryKey } from './recovery.ts';
import { type Config, configSchema } from './schema.ts';
import type { Shape } from './shape.ts';
import { applyStage, recoveredStage, recoveryStage, saidOfStage } from './stages.ts';
import { type ConfigDocument, readYaml } from './yaml-document.ts';

/** What the registries contribute. */
export interface ConfigParts {
  readonly engines: readonly EngineParts[];
  readonly channels: readonly { readonly schema: z.ZodType }[];
  /** Names of the engines that know how to fail over. */
  readonly clusterEngines?: readonly string[];
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
  /** The stage whose recovery Region this configuration is of: `prod` for the stage `prod-recovery`. */
  readonly recovers?: string;
}

/** Throws ConfigurationError (exit 2) that lists every problem. */
export function parseConfig(text: string, options: ParseOptions): Config {
  return readConfig(text, options).config;
}

export function readConfig(text: string, options: ParseOptions): ParsedConfig {
  const document = readYaml(text);
  const { config, findings, hasDeployment = false, recovers } = examine(document, options);
  const problems = findings.map((found) => ({ found, problem: locate(found, document, options) }));
  const errors = problems.filter(({ found }) => isError(found));
  if (config === undefined || errors.length > 0) {
    throw new ConfigurationError(options.file, errors.map(({ problem }) => problem).sort(byPlace));
  }
  const warnings = problems.map(({ problem }) => problem.text);
  return { config, hasDeployment, warnings, ...(recovers !== undefined && { recovers }) };
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
  readonly recovers?: string;
  readonly findings: readonly Finding[];
}

function examine(document: ConfigDocument, options: ParseOptions): Examined {
  if (document.findings.length > 0) return { findings: document.findings };
  const file = document.value;
  if (!isMapping(file)) return { findings: [notAMapping(file)] };
  const recovers = recoveredStage(file, options.stage);
  const staged = applyStage(file, recovers ?? options.stage);
  if ('message' in staged) return { findings: [staged] };
  const examined = examineStaged(staged.value, options);
  const { config, findings } = examined;
  if (recovers === undefined || config === undefined || findings.some(isError)) return examined;
  // What the file says of the recovery stage is laid over what follows from the stage it stands by for.
  const own = overlay(recoveryConfig(config), saidOfStage(file, recoveryStage(recovers)));
  return { ...examineStaged(own, options), recovers };
}

const isError = ({ level }: Finding): boolean => level !== 'warning';

function examineStaged(value: unknown, options: ParseOptions): Examined {
  const parsed = schemaOf(options).safeParse(value);
  if (!parsed.success) {
    const root = configJsonSchema(options) as Shape;
    return { findings: explainIssues(parsed.error.issues, root, value) };
  }
  const config = withRecoveryKey(parsed.data);
  return { config, findings: findingsOf(config, options), hasDeployment: saysDeploy(value) };
}

const saysDeploy = (value: unknown): boolean => isMapping(value) && 'deploy' in value;

const findingsOf = (config: Config, { engines, clusterEngines }: ParseOptions): Finding[] => [
  ...checkVault(config),
  ...checkTiers(config),
  ...checkSources(config, engines),
  ...checkReferences(config),
  ...checkSchedules(config),
  ...checkDeployment(config),
  ...checkClusters(config, clusterEngines),
];

function notAMapping(value: unknown): Finding {
  if (value === null || value === undefined) {
    return finding(
      [],
      'the file is empty; expected `vault:` and `sources:`; `holdfast init` writes one',
    );
  }
  return finding([], 'not a mapping; expected the keys `vault:` and `sources:`');
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
