/**
 * A `kubectl` for a PATH, of two verbs and one deployment, that keeps its state in a file: there is no cluster here.
 * It checks the words as kubectl takes them, and answers with the fields of apps/v1 that are read.
 */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface FakeKubectl {
  /** To be put first in PATH. */
  readonly bin: string;
  replicas(): Promise<number>;
  /** All words of all calls, a line each. */
  calls(): Promise<string[]>;
}

const program = (folder: string) => `#!${process.execPath}
const { readFileSync, writeFileSync, appendFileSync } = require('node:fs');
const words = process.argv.slice(2);
appendFileSync('${folder}/calls', words.join(' ') + '\\n');
const flag = (name) => words.find((word) => word.startsWith('--' + name + '='))?.split('=')[1];
const end = (text) => { console.error(text); process.exit(1); };
const state = JSON.parse(readFileSync('${folder}/state.json', 'utf8'));
if (flag('context') !== 'west') end('error: context "' + flag('context') + '" does not exist');
if (words[1] !== 'deployment/web' || flag('namespace') !== 'shop')
  end('Error from server (NotFound): deployments.apps "' + words[1].split('/')[1] + '" not found');
if (words[0] === 'scale') {
  state.spec.replicas = Number(flag('replicas'));
  state.metadata.generation += 1;
  // The controller is a look later than what is wanted.
  writeFileSync('${folder}/state.json', JSON.stringify(state));
  console.log('deployment.apps/web scaled');
} else if (words[0] === 'get' && flag('output') === 'json') {
  console.log(JSON.stringify(state));
  const { replicas } = state.spec;
  state.status = { observedGeneration: state.metadata.generation, ...(replicas && { readyReplicas: replicas }) };
  writeFileSync('${folder}/state.json', JSON.stringify(state));
} else end('error: unknown command "' + words[0] + '"');
`;

export async function fakeKubectl(folder: string, replicas = 3): Promise<FakeKubectl> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const state = {
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { generation: 1 } },
    ...{ spec: { replicas }, status: { observedGeneration: 1, readyReplicas: replicas } },
  };
  await writeFile(join(folder, 'state.json'), JSON.stringify(state));
  await writeFile(join(folder, 'calls'), '');
  await writeFile(join(bin, 'kubectl'), program(folder));
  await chmod(join(bin, 'kubectl'), 0o755);
  return {
    bin,
    replicas: async () =>
      JSON.parse(await readFile(join(folder, 'state.json'), 'utf8')).spec.replicas,
    calls: async () => (await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n'),
  };
}
