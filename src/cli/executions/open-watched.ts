/** Executions of a state machine from the command line: started, watched, stopped on interruption. */
import type { Site } from '../../wiring/site.ts';
import type { CommandContext } from '../command.ts';
import { findDeployed } from './stage.ts';
import type { Watched, WatchOptions } from './watched.ts';

/** In the deployment of the stage, where it has one; else on this machine. */
export async function openWatched(
  site: Site,
  context: CommandContext,
  options: WatchOptions = {},
): Promise<Watched> {
  const deployment = await findDeployed(site, context);
  if (deployment !== undefined) {
    const { watchDeployment } = await import('./deployed.ts');
    return watchDeployment(deployment, site, context);
  }
  const { watchLocal } = await import('./local.ts');
  return watchLocal(site, context, options);
}
