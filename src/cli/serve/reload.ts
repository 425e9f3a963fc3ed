/** SIGHUP: the configuration is read again; one that is wrong changes nothing. */
import { reportError } from '../../core/errors.ts';
import { closeAmbientSites } from '../../wiring/ambient-site.ts';
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';

/** Returns what ends it. */
export function onReload(
  context: CommandContext,
  say: (line: string) => void,
  take: (site: Site) => void,
): () => void {
  const reload = async (): Promise<void> => {
    try {
      take(await context.site());
      // The handlers open theirs anew at the next call.
      await closeAmbientSites();
      say('SIGHUP: took the changed configuration');
    } catch (error) {
      say(`SIGHUP: kept the old configuration: ${reportError(error).message}`);
    }
  };
  const onSignal = (): void => {
    void reload();
  };
  process.on('SIGHUP', onSignal);
  return () => process.off('SIGHUP', onSignal);
}
