/** Every destination as retention sees it: its vault and its own rules. */
import { recoveryCopy } from '../core/config/recovery.ts';
import type { RetainedDestination } from '../pipeline/sets/retention-plan.ts';
import type { Site } from './site.ts';

/** The primary first. That of the recovery Region is not among them: the stack that stands by there retains it. */
export function retainedDestinations({
  config,
  vaults,
}: Pick<Site, 'config' | 'vaults'>): RetainedDestination[] {
  const { primary, copies } = config.vault;
  const elsewhere = recoveryCopy(config);
  const own = copies.filter((copy) => copy !== elsewhere);
  const replicated = config.deploy.standby !== undefined;
  return [
    { name: 'primary', keep: primary.keep, replicated, open: () => vaults.openKeyless() },
    ...own.map(({ name, keep }) => ({ name, keep, open: () => vaults.openKeyless(name) })),
  ];
}

/** Copies whose retention is that of another stack. */
export function destinationsElsewhere({
  config,
  vaults,
}: Pick<Site, 'config' | 'vaults'>): RetainedDestination[] {
  const copy = recoveryCopy(config);
  if (copy === undefined) return [];
  return [{ name: copy.name, open: () => vaults.openKeyless(copy.name) }];
}
