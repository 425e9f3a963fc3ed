/** One configuration to change, and what reading it then says. */
import { parseConfig } from '../../../src/core/config/parse.ts';
import { ConfigurationError } from '../../../src/core/errors.ts';
import { parts } from './parts.ts';

/** A configuration in which nothing is wrong. */
export const good = `vault:
  primary: { url: file:///var/backups }
  encryption: { key: env:KEY }
sources:
  orders:
    engine: postgres
    connection: env:ORDERS
    policies:
      daily: { schedule: "cron(0 2 * * ? *)", keep: { daily: 7 } }
  uploads:
    engine: files
    path: /srv
    after: [orders]
    policies:
      daily: { keep: { daily: 7 } }
alerts:
  channels:
    oncall: { slack: env:SLACK }
  routes:
    - { on: [backup.failed], to: [oncall] }
stages:
  prod:
    vault: { primary: { url: "s3://bucket" } }
    sources: { uploads: null }
`;

export const options = { file: 'holdfast.yaml', ...parts };

/** Every problem of a text, as it is shown. */
export function problems(text: string, stage?: string): string[] {
  try {
    parseConfig(text, { ...options, stage });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map((problem) => problem.text);
  }
}

/** The problems after one change of the example. */
export const change = (from: string, to: string): string[] => {
  if (!good.includes(from)) throw new Error(`the example has no ${from}`);
  return problems(good.replace(from, to));
};
