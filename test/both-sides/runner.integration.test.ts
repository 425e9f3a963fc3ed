import { afterAll, beforeAll, expect, test } from 'vitest';
import { histories } from './histories.ts';
import { perform } from './perform.ts';
import { openRunnerSide, type RunnerSide } from './runner-side.ts';
import { scenarios } from './scenarios/index.ts';
import { type ScriptServer, startScriptServer } from './script-server.ts';

let scripts: ScriptServer;
let side: RunnerSide;

beforeAll(async () => {
  scripts = await startScriptServer();
  side = await openRunnerSide(scripts.port);
});
afterAll(async () => {
  await side?.close();
  await scripts?.close();
});

test.concurrent.for(scenarios)('$title', async (scenario, { expect: expectHere }) => {
  expectHere(await perform(side, scripts, scenario)).toEqual(scenario.expected);
});

test.concurrent.for(histories)('history of $title', async (known, { expect: expectHere }) => {
  const name = known.title.replaceAll(' ', '-');
  const expected = { status: '', states: [] };
  await perform(side, scripts, { ...known, title: `history of ${name}`, expected });
  expectHere(side.history(`history-of-${name}`)).toEqual(known.types);
});

test('every scenario has a name of its own, and says where AWS is known from', () => {
  expect(new Set(scenarios.map(({ title }) => title)).size).toBe(scenarios.length);
  for (const { source } of scenarios) expect(source).toMatch(/docs\.aws\.amazon\.com|github\.com/);
});
