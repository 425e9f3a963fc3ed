import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import type { HistoryEvent } from '../../src/runner/index.ts';
import { openJournal } from '../../src/runner/index.ts';

const program = fileURLToPath(new URL('./programs/run-execution.ts', import.meta.url));
const seeds = (process.env['HOLDFAST_SEEDS'] ?? '')
  .split(',')
  .filter((seed) => seed !== '')
  .map(Number);
const chosen = seeds.length > 0 ? seeds : [1, 2, 3, 4].map((n) => (Date.now() % 1_000_000) + n);
const killsPerSeed = 26;
// Well under a minute on an idle machine.
vi.setConfig({ testTimeout: 300_000 });
const compileCache = join(tmpdir(), 'holdfast-compile-cache');

describe('an execution whose process is killed with SIGKILL, over and over', () => {
  it.concurrent.each(chosen)(
    'finishes without repeating a finished step, seed %i',
    async (seed) => {
      const random = seeded(seed);
      let kills = 0;
      for (let round = 0; kills < killsPerSeed; round += 1) {
        kills += await killUntilDone(`walk-${round}`, random, killsPerSeed - kills);
      }
      process.stdout.write(`seed ${seed}: ${kills} kills\n`);
      expect(kills).toBeGreaterThanOrEqual(killsPerSeed);
    },
  );
});

/** Leaves the process longer to live with each kill, so that a slow machine comes to the end. */
async function killUntilDone(id: string, random: () => number, most: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-kill-'));
  try {
    let kills = -1;
    let end = 'killed';
    while (end === 'killed') {
      kills += 1;
      const life = kills < most ? random() * (300 + 50 * kills) : undefined;
      end = await runOrKill(directory, id, life);
    }
    expect(JSON.parse(end)).toEqual({
      status: 'SUCCEEDED',
      output: { trail: `${id}/first`, sides: ['left', 7], items: [10, 20, 30] },
    });
    inspect(directory, id);
    return kills;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The time counts from when the process has taken the execution up. */
async function runOrKill(directory: string, id: string, life?: number): Promise<string> {
  const child = spawn(process.execPath, [program, directory, 'long-walk', id], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  });
  let output = '';
  let timer: NodeJS.Timeout | undefined;
  child.stdout.on('data', (chunk) => {
    if (life !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), life);
    output += String(chunk);
  });
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  const [, result = ''] = output.split('\n');
  if (result !== '') return result;
  expect(code ?? signal).toBe('SIGKILL');
  return 'killed';
}

interface Line {
  readonly word: string;
  readonly step: string;
  readonly time: number;
}

function inspect(directory: string, id: string): void {
  const journal = openJournal(join(directory, 'journal.db'), { now: () => new Date() });
  const history = journal.history.read(id);
  journal.close();
  const lines = readFileSync(join(directory, 'side.txt'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Line => {
      const [word = '', step = '', time = ''] = line.split(' ');
      return { word, step, time: Number(time) };
    });
  expect(orphansOf(directory)).toEqual([]);
  expectEachStepOnce(history);
  expectNothingAfterItsEnd(history, lines);
  for (const step of new Set(lines.map((line) => line.step))) expectOneAtATime(lines, step);
}

/** The history tells of each success once, and of both failures of the step that is retried. */
function expectEachStepOnce(history: readonly HistoryEvent[]): void {
  const count = (type: string) => history.filter((event) => event.type === type).length;
  expect(count('TaskSucceeded')).toBe(6);
  expect(count('TaskFailed')).toBe(2);
  expect(count('TaskScheduled')).toBe(8);
  expect(count('WaitStateEntered')).toBe(1);
  expect(count('MapIterationSucceeded')).toBe(3);
  expect(count('ExecutionSucceeded')).toBe(1);
}

/** No attempt of a step begins once its success is in the journal. */
function expectNothingAfterItsEnd(history: readonly HistoryEvent[], lines: readonly Line[]): void {
  const exits = new Map(
    history
      .filter(({ type }) => type === 'TaskSucceeded' || type === 'TaskFailed')
      .map(({ details, time }) => [stepOf(details), Date.parse(time)]),
  );
  for (const { word, step, time } of lines) {
    if (word === 'begin') expect(time).toBeLessThanOrEqual(exits.get(step) ?? 0);
  }
}

function stepOf(details: HistoryEvent['details']): string {
  const text = JSON.stringify(details).replaceAll('\\', '');
  return /"(?:Value":"|Payload":\{"noted":")(first|left|right|item\d|note)"/.exec(text)?.[1] ?? '';
}

/** What a killed attempt leaves never ends beside the next attempt. */
function expectOneAtATime(lines: readonly Line[], step: string): void {
  let open = false;
  for (const { word } of lines.filter((line) => line.step === step)) {
    if (word === 'end') expect(open).toBe(true);
    open = word === 'begin';
  }
}

function orphansOf(directory: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`SIDE_FILE=${directory}`);
    } catch {
      return false;
    }
  });
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
