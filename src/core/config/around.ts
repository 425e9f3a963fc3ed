/** What a failover does around the database: silenced before the fence, woken when the names lead elsewhere. */
import { z } from 'zod';
import { argvSchema, durationSchema, nameSchema } from './values.ts';

const ecsName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,255}$/, 'expected its name: letters, digits, "-" and "_"');
const regionSchema = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a Region: eu-west-1');
const countSchema = z.number().int().min(0).max(10_000);
/** Names of Kubernetes: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const dnsName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'expected a name of Kubernetes');

/** Scaled only where this node is the old primary (`freeze`), or the new one (`activate`). */
const sideShape = { node: nameSchema.optional() };
/** How long it may take until as many run as are wanted. */
const waitShape = { within: durationSchema.default('5m') };

const ecsShape = {
  cluster: ecsName,
  service: ecsName,
  /** Absent: where this runs. */
  region: regionSchema.optional(),
  /** Of an emulator; absent: AWS itself. */
  endpoint: z.string().url().optional(),
  ...sideShape,
};
const kubernetesShape = {
  /** Of the kubeconfig; absent: the current one. */
  context: z
    .string()
    .regex(/^[^-\s][^\s]*$/, 'expected a context of the kubeconfig')
    .optional(),
  namespace: dnsName,
  deployment: dnsName,
  ...sideShape,
};
const quiet = countSchema.default(0);
/** Absent: what it was before it was frozen. */
const awake = countSchema.optional();

const webhookSchema = z.strictObject({ webhook: z.string().url() });
const commandSchema = z.strictObject({ command: argvSchema });

const cloudfrontSchema = z.strictObject({
  distribution: z.string().regex(/^E[A-Z0-9]{5,20}$/, 'expected its id: E1A2B3C4D5E6F7'),
  paths: z.array(z.string().startsWith('/', 'expected a path: /*')).min(1).default(['/*']),
  /** Of an emulator; absent: AWS itself. */
  endpoint: z.string().url().optional(),
});
export type InvalidationConfig = z.infer<typeof cloudfrontSchema>;

export const freezeSchema = z.union([
  z.strictObject({ source: nameSchema }),
  commandSchema,
  webhookSchema,
  z.strictObject({ ecs: z.strictObject({ ...ecsShape, count: quiet }) }),
  z.strictObject({ kubernetes: z.strictObject({ ...kubernetesShape, replicas: quiet }) }),
]);
export type Freeze = z.infer<typeof freezeSchema>;

export const activateSchema = z.union([
  commandSchema,
  webhookSchema,
  z.strictObject({ ecs: z.strictObject({ ...ecsShape, count: awake, ...waitShape }) }),
  z.strictObject({
    kubernetes: z.strictObject({ ...kubernetesShape, replicas: awake, ...waitShape }),
  }),
  z.strictObject({ cloudfront: cloudfrontSchema }),
]);
export type Activate = z.infer<typeof activateSchema>;

interface ScaledShape<C> {
  readonly count: C;
  readonly node: string | undefined;
  /** `5m`; absent in a freeze: nobody waits. */
  readonly within: string | undefined;
  readonly workload: WorkloadConfig;
}
export type Scaled = ScaledShape<number | undefined>;
type Ecs = Extract<Activate, { ecs: object }>['ecs'];
type Kubernetes = Extract<Activate, { kubernetes: object }>['kubernetes'];
export type WorkloadConfig =
  | { readonly ecs: Pick<Ecs, 'cluster' | 'service' | 'region' | 'endpoint'> }
  | { readonly kubernetes: Pick<Kubernetes, 'context' | 'namespace' | 'deployment'> };

/** What a step scales, and to how many; undefined where it scales nothing. */
export function scaledBy(step: Freeze): ScaledShape<number> | undefined;
export function scaledBy(step: Freeze | Activate): Scaled | undefined;
export function scaledBy(step: Freeze | Activate): Scaled | undefined {
  if ('ecs' in step) {
    const { count, node, ...ecs } = step.ecs;
    return { count, node, within: withinOf(step.ecs), workload: { ecs } };
  }
  if ('kubernetes' in step) {
    const { replicas, node, ...kubernetes } = step.kubernetes;
    return { count: replicas, node, within: withinOf(step.kubernetes), workload: { kubernetes } };
  }
  return undefined;
}

const withinOf = (step: object): string | undefined =>
  'within' in step ? (step.within as string) : undefined;

/** For people, and what its count is remembered by: `ecs shop/web (eu-west-1)`. */
export function workloadName(workload: WorkloadConfig): string {
  if ('ecs' in workload) {
    const { cluster, service, region } = workload.ecs;
    return `ecs ${cluster}/${service}${region === undefined ? '' : ` (${region})`}`;
  }
  const { context, namespace, deployment } = workload.kubernetes;
  return `kubernetes ${namespace}/${deployment}${context === undefined ? '' : ` (${context})`}`;
}

/** Each once, in the order of the configuration. */
export function workloadsOf({
  freeze,
  activate,
}: {
  readonly freeze: readonly Freeze[];
  readonly activate: readonly Activate[];
}): WorkloadConfig[] {
  const all = [...freeze, ...activate].flatMap((each) => scaledBy(each)?.workload ?? []);
  return [...new Map(all.map((each) => [workloadName(each), each])).values()];
}
