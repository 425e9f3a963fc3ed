/** What runs in so many instances as are wanted: a service of ECS, a deployment of Kubernetes. */
export interface WorkloadState {
  readonly desired: number;
  /** Of those wanted now, that are up. */
  readonly running: number;
}

/** All reject with FailoverError SCALE_FAILED, within seconds. */
export interface Workload {
  /** For people: `ecs shop/web (eu-west-1)`. */
  readonly label: string;
  read(signal: AbortSignal): Promise<WorkloadState>;
  /** Asks for as many, and does not wait for them. Safe to repeat. */
  scale(count: number, signal: AbortSignal): Promise<void>;
}
