/**
 * A deployment of Kubernetes, by the `kubectl` of this machine and its kubeconfig: argv, no shell.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_scale/
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { WorkloadConfig } from '../core/config/around.ts';
import { FailoverError } from '../core/errors.ts';
import type { Workload } from '../core/ports/workload.ts';

type KubernetesConfig = Extract<WorkloadConfig, { kubernetes: object }>['kubernetes'];

const callSeconds = 15;

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ */
const deploymentSchema = z.object({
  metadata: z.object({ generation: z.number().default(0) }).prefault({}),
  spec: z.object({ replicas: z.number().default(1) }),
  status: z
    .object({ readyReplicas: z.number().default(0), observedGeneration: z.number().default(0) })
    .prefault({}),
});

export function kubernetesDeployment(label: string, config: KubernetesConfig): Workload {
  const { context, namespace, deployment } = config;
  const place = [
    ...(context === undefined ? [] : [`--context=${context}`]),
    `--namespace=${namespace}`,
    `--request-timeout=${callSeconds}s`,
  ];
  const name = `deployment/${deployment}`;
  return {
    label,
    async read(signal) {
      const words = ['get', name, ...place, '--output=json'];
      const { metadata, spec, status } = deploymentOf(label, await kubectl(label, words, signal));
      // What the controller has not seen yet, it says nothing about.
      const seen = status.observedGeneration >= metadata.generation;
      return { desired: spec.replicas, running: seen ? status.readyReplicas : 0 };
    },
    async scale(count, signal) {
      await kubectl(label, ['scale', name, ...place, `--replicas=${count}`], signal);
    },
  };
}

async function kubectl(
  label: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  try {
    const limits = { signal, timeout: (callSeconds + 5) * 1000, maxBuffer: 16_777_216 };
    return (await promisify(execFile)('kubectl', words, limits)).stdout;
  } catch (error) {
    signal.throwIfAborted();
    const { stderr, message } = error as { stderr?: string; message: string };
    throw failed(`kubectl ${words[0]} of ${label}: ${stderr?.trim() || message}`, error);
  }
}

function deploymentOf(label: string, text: string): z.infer<typeof deploymentSchema> {
  try {
    return deploymentSchema.parse(JSON.parse(text));
  } catch (error) {
    throw failed(`kubectl does not describe ${label} as a deployment`, error);
  }
}

const failed = (seen: string, cause: unknown): FailoverError =>
  new FailoverError(seen, {
    code: 'SCALE_FAILED',
    hint: 'Try it by hand: `kubectl get deployment` in that context and namespace, as the user that runs this.',
    cause,
  });
