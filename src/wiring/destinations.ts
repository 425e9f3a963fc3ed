/** Every destination as retention sees it: its vault and its own rules. */
import type { RetainedDestination } from '../pipeline/sets/retention-plan.ts';
import type { Site } from './site.ts';

/** The primary first. */
export function retainedDestinations({
  config,
  vaults,
}: Pick<Site, 'config' | 'vaults'>): RetainedDestination[] {
  const copies = config.vault.copies.map(({ name, keep }) => ({
    name,
    keep,
    open: () => vaults.openKeyless(name),
  }));
  return [{ name: 'primary', open: () => vaults.openKeyless() }, ...copies];
}
