/** `holdfast show`: everything known about one backup without any key. */
import { z } from 'zod';
import { parseBackupId } from '../../core/backup-id.ts';
import { sizeText } from '../../core/duration.ts';
import type { StoredSet } from '../../pipeline/vault/index.ts';
import { defineCommand } from '../command.ts';
import { countText, elapsedText, timeText } from '../output/figures.ts';
import type { Screen } from '../output/screen.ts';
import { proofText } from '../output/shapes.ts';
import { table } from '../output/table.ts';
import { setSummarySchema, summarize } from '../set-summary.ts';
import { findSet } from '../stored-sources.ts';

const resultSchema = z.object({
  set: setSummarySchema,
  engine: z.string().optional(),
  server: z.string().optional(),
  tool: z.string().optional(),
  fingerprint: z.string().optional(),
  execution: z.string().optional(),
  positions: z.record(z.string(), z.string()),
  partialReasons: z.array(z.string()),
  streams: z.array(
    z.object({ name: z.string(), role: z.string(), objects: z.number(), storedBytes: z.number() }),
  ),
  /** What was proved, held, copied, in order of time. */
  attestations: z.array(
    z.object({
      at: z.string(),
      kind: z.string(),
      passed: z.boolean(),
      /** The signature holds, by a signer of this vault. */
      verified: z.boolean(),
      details: z.record(z.string(), z.unknown()),
    }),
  ),
});
type Result = z.infer<typeof resultSchema>;

export const show = defineCommand({
  description:
    'Shows one backup: what it holds, how it was made, and every signed statement about it.',
  arguments: [{ name: '<backup>', description: 'a backup id, as `list` shows it' }],
  options: [
    { flags: '--from <destination>', description: 'primary (the default) or the name of a copy' },
  ],
  examples: [
    { line: 'holdfast show 20261121T020000Z-daily-1a2b3c4d', does: 'Everything about one backup' },
  ],
  input: z.object({ backup: z.string(), from: z.string().default('primary') }),
  result: resultSchema,
  async run({ backup, from }, context) {
    const id = parseBackupId(backup);
    const site = await context.site();
    return { result: describe(await findSet(site, await site.vaults.openKeyless(from), id)) };
  },
  render: (result, screen) => render(result, screen),
});

function describe(set: StoredSet): Result {
  const { manifest, attestations } = set;
  return {
    set: summarize(set),
    ...(manifest && {
      engine: manifest.engine,
      server: manifest.server.version,
      tool: `${manifest.tool.name} ${manifest.tool.version}`,
      fingerprint: manifest.fingerprint,
      execution: manifest.execution,
    }),
    positions: manifest?.positions ?? {},
    partialReasons: manifest?.partialReasons ?? [],
    streams: (manifest?.streams ?? []).map(({ name, role, objects }) => ({
      name,
      role,
      objects: objects.length,
      storedBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    })),
    attestations: attestations.map(({ attestation, verified, manifestSha256 }) => ({
      at: attestation.at,
      kind: attestation.kind,
      passed: attestation.passed,
      verified: verified && manifestSha256 === set.manifestSha256,
      details: attestation.details,
    })),
  };
}

function render(result: Result, screen: Screen): string {
  const { set, streams, attestations } = result;
  const facts = Object.entries(factsOf(result)).filter(([, value]) => value !== undefined);
  const parts = [
    table(
      screen,
      ['backup', set.id],
      facts.map(([name, value]) => [name, String(value)]),
    ),
    streams.length === 0 ? '' : streamTable(result, screen),
    attestations.length === 0 ? 'Nothing was signed about it yet.' : statementTable(result, screen),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

const factsOf = ({
  set,
  engine,
  server,
  tool,
  fingerprint,
  execution,
  partialReasons,
}: Result) => ({
  source: set.source,
  state: set.problem ?? set.state,
  time: timeText(new Date(set.time)),
  took: set.durationSeconds === undefined ? undefined : elapsedText(set.durationSeconds),
  policy: set.policy,
  method: set.method,
  'builds on': set.parent ?? undefined,
  engine,
  server,
  tool,
  size: set.storedBytes === undefined ? undefined : sizeText(set.storedBytes),
  rows: set.rows === undefined ? undefined : countText(set.rows),
  files: set.files === undefined ? undefined : countText(set.files),
  fingerprint,
  execution,
  proof: proofText[set.proof],
  held: set.held,
  partial: partialReasons.length === 0 ? undefined : partialReasons.join('; '),
});

const streamTable = ({ streams }: Result, screen: Screen): string =>
  table(
    screen,
    ['stream', 'role', 'objects', 'size'],
    streams.map(({ name, role, objects, storedBytes }) => [
      name,
      role,
      String(objects),
      sizeText(storedBytes),
    ]),
  );

const statementTable = ({ attestations }: Result, screen: Screen): string =>
  table(
    screen,
    ['signed at', 'statement', 'details'],
    attestations.map(({ at, kind, passed, verified, details }) => [
      timeText(new Date(at)),
      `${kind}${passed ? '' : ': failed'}${verified ? '' : ' (NOT AUTHENTIC)'}`,
      JSON.stringify(details),
    ]),
  );
