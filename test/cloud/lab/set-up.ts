/** Before the tests of the deployed form: can this machine run containers, and if not, why? */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { imageStorage, makeBaseImage } from './images.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why no container runs here; empty where they do. */
    readonly noContainers: string;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const reason = await whyNot();
  if (reason !== '') process.stderr.write(`cloud tests are passed over: ${reason}\n`);
  project.provide('noContainers', reason);
}

async function whyNot(): Promise<string> {
  try {
    const image = await makeBaseImage();
    const { env } = await imageStorage();
    const limits = ['--network', 'host', '--memory', '64m', '--cpus', '0.5', '--read-only'];
    await promisify(execFile)('podman', ['run', '--rm', ...limits, image, 'true'], { env });
    return '';
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return (stderr || message).trim();
  }
}
