/** A stage for what only looks at its configuration. */
import type { Stage } from '../../../infra/stack/stage.ts';
import { readText } from './read-text.ts';

export const vault = `
vault:
  primary: { url: s3://acme/backups, region: us-east-1, lock: { mode: governance, days: 7 } }
  leases: { url: s3://acme-leases, region: us-east-1 }
  encryption: { recipients: [{ kms: stack }] }
  signing: { kms: stack }
`;

export function stageOf(rest: string): Stage {
  const config = readText(`${vault}${rest}`);
  return { stage: 'prod', config, deployed: { text: '{}', sha256: '0'.repeat(64) } };
}

/** `count` sources whose policies run at `times` distinct times, in `groups` groups. */
export function manySources(count: number, { times = 24, groups = 8 } = {}): string {
  const sources = Array.from({ length: count }, (_, n) => {
    const at = n % times;
    const schedule = `cron(${Math.floor(at / 24) % 60} ${at % 24} * * ? *)`;
    return `  s${n}:
    engine: postgres
    connection: secretsmanager:databases/s${n}#url
    policies: { daily: { schedule: "${schedule}", keep: { daily: 7 } } }
    deploy: { isolation: g${n % groups} }`;
  });
  return `sources:\n${sources.join('\n')}\n`;
}
