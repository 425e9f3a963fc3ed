/** One stage of a configuration, ready to be packaged: what is deployed, and its hash. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { channels } from '../../src/channels/index.ts';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import { isMapping } from '../../src/core/config/overlay.ts';
import { readConfig } from '../../src/core/config/parse.ts';
import type { Config, RecipientConfig } from '../../src/core/config/schema.ts';
import { readYaml } from '../../src/core/config/yaml-document.ts';
import { UsageError } from '../../src/core/errors.ts';
import { engines } from '../../src/engines/index.ts';
import { leftBehind } from './left-behind.ts';
import { overlongNames } from './name-limits.ts';
import { undeployable } from './undeployable.ts';

export interface Stage {
  readonly stage: string;
  readonly config: Config;
  readonly deployed: DeployedConfig;
  /** The stage that this one stands by for, in another Region. */
  readonly recovers?: string | undefined;
  /** `holdfast.yaml:12:5 vault.primary.tiers…: …`; it can be deployed all the same. */
  readonly warnings?: readonly string[];
}

/** What lies at `config/<sha256>.json` in the vault, and what functions and tasks read. */
export interface DeployedConfig {
  /** Canonical JSON. */
  readonly text: string;
  /** Hex, of the text. */
  readonly sha256: string;
}

const stagePattern = /^[a-z0-9-]{1,16}?(-recovery)?$/;

/** @throws ConfigurationError, UsageError `STAGE_INVALID`, `CONFIG_NOT_DEPLOYABLE`, `RSA_KEY_UNREADABLE`. */
export async function readStage(file: string, stage: string): Promise<Stage> {
  if (!stagePattern.test(stage)) {
    throw new UsageError(`"${stage}" is not a name for a stage`, {
      code: 'STAGE_INVALID',
      hint: 'It becomes part of every name: 1 to 16 of a-z, 0-9 and "-".',
    });
  }
  const text = await readFile(file, 'utf8');
  const options = { file: basename(file), engines, channels };
  const { config, recovers, warnings } = readConfig(text, {
    ...options,
    stage: stageOf(text, stage),
  });
  const recovered =
    recovers === undefined ? undefined : readConfig(text, { ...options, stage: recovers });
  const problems = [
    ...undeployable(config),
    ...overlongNames(stage, config),
    ...(recovered === undefined ? [] : leftBehind(config, { stage, recovered: recovered.config })),
  ];
  if (problems.length > 0) throw notDeployable(options.file, problems);
  const deployed = pin(await withKeysInlined(config, dirname(resolve(file))));
  return { stage, config, deployed, recovers, warnings };
}

/** Where the file knows neither stages nor a deployment, its own values are those of any stage. */
function stageOf(text: string, stage: string): string | undefined {
  const { value } = readYaml(text);
  return isMapping(value) && (isMapping(value['stages']) || 'deploy' in value) ? stage : undefined;
}

function notDeployable(file: string, problems: readonly string[]): UsageError {
  const lines = problems.map((problem) => `\n  ${problem}`).join('');
  return new UsageError(`${file} cannot be deployed as it is:${lines}`, {
    code: 'CONFIG_NOT_DEPLOYABLE',
    hint: 'Write what the deployed form needs under `stages:`; docs/deploy.md has an example.',
  });
}

/** A public key travels with the configuration: functions and tasks have no file of it. */
async function withKeysInlined(config: Config, baseDir: string): Promise<Config> {
  const { encryption } = config.vault;
  const recipients = await Promise.all(
    (encryption.recipients ?? []).map((recipient) => inlined(recipient, baseDir)),
  );
  const { stages: _, ...effective } = config;
  return {
    ...effective,
    vault: { ...config.vault, encryption: { ...encryption, recipients } },
  };
}

async function inlined(recipient: RecipientConfig, baseDir: string): Promise<RecipientConfig> {
  if (!('rsa' in recipient) || recipient.rsa.includes('-----BEGIN')) return recipient;
  const path = resolve(baseDir, recipient.rsa);
  try {
    return { rsa: await readFile(path, 'utf8') };
  } catch (cause) {
    throw new UsageError(`The RSA key ${path} could not be read: ${(cause as Error).message}`, {
      code: 'RSA_KEY_UNREADABLE',
      hint: 'Paths start at the folder of the configuration.',
      cause,
    });
  }
}

function pin(config: Config): DeployedConfig {
  const text = canonicalJson(config);
  return { text, sha256: createHash('sha256').update(text).digest('hex') };
}
