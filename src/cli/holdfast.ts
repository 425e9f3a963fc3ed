#!/usr/bin/env node
/** The program: hands the process's words, streams and environment to `main`. */
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `error: this Node.js is too old: ${process.versions.node}\n  next: Run it with Node.js 22.13 or newer; \`npx holdfast\` does in its own directory.\n`,
  );
  process.exit(2);
}
// Beside the code, for this process and its tasks: into Node's default, a folder of everybody's, others
// could put their code in place of ours. Where it cannot be written, nothing is kept.
if (import.meta.url.endsWith('.js')) {
  process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('.compile-cache', import.meta.url));
  nodeModule.enableCompileCache(process.env['NODE_COMPILE_CACHE']);
}
// A reader that goes away, such as `head`, is no failure of the work.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const { main } = await import('./main.ts');
process.exitCode = await main({
  words: process.argv.slice(2),
  environment: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
