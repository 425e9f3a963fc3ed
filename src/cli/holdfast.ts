#!/usr/bin/env node
/** The program: hands the process's words, streams and environment to `main`. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
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
