/** Cold start of each function: what its package weighs, what is loaded at first, how long that takes. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makePackage } from '../../infra/package.ts';
import { median } from '../measure.ts';

const run = promisify(execFile);
const names = ['plan', 'verify', 'retain', 'notify', 'health'] as const;
const rounds = 15;

export async function benchFunctions(now: Date): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-'));
  try {
    const config = 'examples/aws.yaml';
    await makePackage({ stage: 'prod', config, folder: join(folder, 'package') });
    const rows: string[] = [];
    for (const name of names) rows.push(await measure(folder, name));
    return page(rows, now);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function measure(folder: string, name: string): Promise<string> {
  const archive = join(folder, 'package', `${name}.zip`);
  const code = join(folder, name);
  await run('python3', ['-m', 'zipfile', '-e', archive, code]);
  const entry = join(code, 'functions', `${name}.mjs`);
  const loaded = await loadedBytes(entry, name);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await importMs(entry, name));
  const { size } = await stat(archive);
  const cells = [kilobytes(size), kilobytes(loaded), Math.min(...times), median(times)];
  return `| ${[name, ...cells.map((cell) => Math.round(cell))].join(' | ')} |`;
}

const kilobytes = (bytes: number): number => bytes / 1000;

/** What the process has read by the time the function could be called. */
const loadedBytes = (entry: string, name: string): Promise<number> =>
  evaluate(
    name,
    `import { registerHooks } from 'node:module';
    let bytes = 0;
    registerHooks({
      load(url, context, next) {
        const loaded = next(url, context);
        if (url.endsWith('.mjs')) bytes += Buffer.byteLength(loaded.source);
        return loaded;
      },
    });
    await import(${JSON.stringify(entry)});
    console.log(bytes);`,
  );

const importMs = (entry: string, name: string): Promise<number> =>
  evaluate(
    name,
    `const began = performance.now();
    await import(${JSON.stringify(entry)});
    console.log(performance.now() - began);`,
  );

/** In a process of its own, as Lambda does, with tracing on. */
async function evaluate(name: string, program: string): Promise<number> {
  const env = {
    AWS_LAMBDA_FUNCTION_NAME: `holdfast-prod-${name}`,
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000',
  };
  const argv = ['--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, argv, { env });
  return Number(stdout);
}

const page = (rows: readonly string[], now: Date): string => `# Cold start of the functions

\`npm run bench functions\`, ${now.toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim()}.
Each import is in a process of its own, ${rounds} of them. A package holds also what is loaded only when it is
needed: the mail client, the SDKs of other services. At most 1500 kB and 150 ms.

| Function | Package, kB | Loaded at a cold start, kB | Import, ms, best | Import, ms, median |
|---|---|---|---|---|
${rows.join('\n')}
`;
