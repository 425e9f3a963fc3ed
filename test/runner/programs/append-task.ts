/** A task that appends to a side file when it begins and when it ends, and takes a moment between. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { SIDE_FILE = '', STEP = '', TAKES = '100', EXIT_ONCE = '' } = process.env;
const say = (word: string): void => appendFileSync(SIDE_FILE, `${word} ${STEP} ${Date.now()}\n`);

process.once('SIGTERM', () => process.exit(143));
say('begin');
await sleep(Number(TAKES));
say('end');
if (EXIT_ONCE !== '') {
  const error = { name: 'SourceError', code: 'GONE', message: 'went away' };
  process.stderr.write(`${JSON.stringify({ level: 'error', error })}\n`);
  process.exit(Number(EXIT_ONCE));
}
