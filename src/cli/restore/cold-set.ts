/** A set in an archive tier: what a restore of it will wait for. */
import type { Retrieval } from '../../core/thaw.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';

export interface ChosenWords {
  readonly source: string;
  /** `latest`, a time or a backup id. */
  readonly at: string;
  readonly from: string;
  readonly retrieval: Retrieval;
}

/** One sentence; undefined where everything can be read. Nothing is asked for yet. */
export async function describeColdSet(
  site: Site,
  { source, at, from, retrieval }: ChosenWords,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { chooseBackup } = await import('../../pipeline/sets/choose-backup.ts');
  const { describeCold } = await import('../../pipeline/sets/thaw-chain.ts');
  const vault = await site.vaults.openKeyless(from);
  const { id } = await chooseBackup(vault, source, at);
  return describeCold({ source, id }, { vault, retrieval, since: site.now(), signal });
}

/** Somebody who waits for hours should know what for. */
export async function noteColdSet(
  site: Site,
  words: ChosenWords,
  context: CommandContext,
): Promise<void> {
  const cold = await describeColdSet(site, words, context.signal);
  if (cold !== undefined) context.note(`${words.source}: waiting: ${cold}`);
}
