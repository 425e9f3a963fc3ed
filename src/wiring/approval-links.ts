/** Links that approve, in a stack: their key, where they lead, and what they start. */
import { signLink } from '../core/failover/approval-link.ts';
import type { OpenQuestion } from '../pipeline/failover/approve.ts';
import type { Site } from './site.ts';
import { startMachine } from './start-machine.ts';

type Named = Pick<Site, 'config' | 'secrets'>;

/** A link names its cluster; that of a cluster without links gets a key that nobody has. */
export async function approvalKey({ config, secrets }: Named, query: string): Promise<string> {
  const name = new URLSearchParams(query).get('cluster') ?? '';
  const { clusters } = config;
  const link = Object.hasOwn(clusters, name) ? clusters[name]?.approval.link : undefined;
  if (link !== undefined) return secrets.resolve(link);
  const { randomBytes } = await import('node:crypto');
  return randomBytes(32).toString('hex');
}

interface Asked {
  readonly epoch: number;
  readonly planHash: string;
  readonly expiresAt: Date;
}

/** `undefined` where links are off, or nothing serves them: on one machine. */
export async function approvalLink(
  { config, secrets }: Named,
  cluster: string,
  { epoch, planHash, expiresAt }: Asked,
): Promise<string | undefined> {
  const url = process.env['HOLDFAST_APPROVAL_URL'];
  const link = config.clusters[cluster]?.approval.link;
  if (url === undefined || link === undefined) return undefined;
  const expires = Math.floor(expiresAt.getTime() / 1000);
  return `${url}?${signLink({ cluster, epoch, planHash, expires }, await secrets.resolve(link))}`;
}

/** Starts the machine `approve`; whoever presses twice starts it once. */
export async function startApproval({ cluster, planHash, epoch }: OpenQuestion): Promise<void> {
  const name = `approve-link-${cluster}-${epoch}`;
  const input = { cluster, planHash };
  await startMachine({ machine: 'HOLDFAST_APPROVE_MACHINE', name, input });
}
