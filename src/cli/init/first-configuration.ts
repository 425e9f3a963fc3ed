/** The text of a first holdfast.yaml. */
import { stringify } from 'yaml';

export interface FirstConfiguration {
  readonly vault: { readonly url: string; readonly endpoint?: string; readonly region?: string };
  /** Reference to the key that opens the backups. */
  readonly key: string;
  readonly postgres?: { readonly name: string; readonly connection: string; readonly all: boolean };
  readonly files?: {
    readonly name: string;
    readonly path: string;
    readonly exclude: readonly string[];
  };
  /** Where editors find the JSON Schema. */
  readonly schema: string;
}

export function firstConfiguration(first: FirstConfiguration): string {
  const sources = [databaseText(first), filesText(first)].filter((text) => text !== '');
  return `# yaml-language-server: $schema=${first.schema}
# Holdfast's configuration. \`holdfast check\` proves it; docs/configuration.md explains every key.

vault:
  primary: ${flow(destination(first))}
  encryption: ${flow({ key: first.key })}    # 32 bytes in base64: keep a copy of this key elsewhere

sources:
${sources.join('\n')}
retention: { floor: 3 }    # never fewer verified sets than this

# alerts:
#   channels:
#     oncall: { slack: env:SLACK_WEBHOOK }
#   routes:
#     - { on: [backup.failed, backup.stale], to: [oncall] }
`;
}

const destination = ({ vault }: FirstConfiguration): object =>
  vault.endpoint === undefined ? vault : { ...vault, pathStyle: true };

function databaseText({ postgres }: FirstConfiguration): string {
  if (postgres === undefined) return '';
  return `  ${postgres.name}:
    engine: postgres
    connection: ${scalar(postgres.connection)}${postgres.all ? '\n    databases: all' : ''}
    policies:
      daily: { schedule: "cron(0 2 * * ? *)", keep: { daily: 7, weekly: 4, monthly: 6 } }
    objectives: { rpo: 26h }    # status and alerts call it stale after this
    fingerprint: rows           # rows | checksum | none: how a restored copy is compared
`;
}

function filesText({ files, postgres }: FirstConfiguration): string {
  if (files === undefined) return '';
  const exclude = files.exclude.length === 0 ? '' : `\n    exclude: ${flow(files.exclude)}`;
  const after =
    postgres === undefined ? '' : `\n    after: [${postgres.name}]    # order of \`restore --all\``;
  return `  ${files.name}:
    engine: files
    path: ${scalar(files.path)}${exclude}${after}
    policies:
      daily: { method: incremental, full: weekly, schedule: "cron(30 2 * * ? *)", keep: { daily: 7, weekly: 4 } }
    objectives: { rpo: 26h }
`;
}

const flow = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, defaultStringType: 'PLAIN' }).trim();
const scalar = (text: string): string => stringify(text, { lineWidth: 0 }).trim();
