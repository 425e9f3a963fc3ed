/** Plays a scenario on one side. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json } from '../../src/core/canonical-json.ts';
import type { Live, Observation, Scenario, Side } from './scenario.ts';
import type { ScriptServer } from './script-server.ts';

export async function perform(
  side: Side,
  scripts: ScriptServer,
  scenario: Scenario,
): Promise<Observation> {
  const { definition, input = {}, script = {}, during } = scenario;
  const name = slug(scenario.title);
  for (const [execution, told] of Object.entries({ ...scenario.scripts, [name]: script })) {
    scripts.script(execution, told);
  }
  for (const [other, states] of Object.entries({ ...scenario.alongside, [name]: definition })) {
    await side.create(other, states);
  }
  await side.start(name, name, input);
  const called = (actor: string, count = 1): Promise<Json> =>
    untilCalled(scripts, { execution: name, actor, count });
  const calls = (actor: string): number => scripts.calls(name, actor).length;
  const seen = await during?.({ side, machine: name, execution: name, input, called, calls });
  const observation = await side.observe(name, name);
  return seen === undefined ? observation : { ...observation, seen: seen as Json };
}

/** The token with which `actor` was called. */
export async function tokenOf(live: Live, actor: string): Promise<string> {
  const event = (await live.called(actor)) as { readonly token: string };
  return event.token;
}

const longestName = 80;
const slug = (title: string): string =>
  title
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, longestName);

interface Call {
  readonly execution: string;
  readonly actor: string;
  readonly count: number;
}

const pollMilliseconds = 20;
const longestWaitMilliseconds = 60_000;

async function untilCalled(scripts: ScriptServer, call: Call): Promise<Json> {
  const { execution, actor, count } = call;
  for (let waited = 0; waited < longestWaitMilliseconds; waited += pollMilliseconds) {
    const event = scripts.calls(execution, actor)[count - 1];
    if (event !== undefined) return event;
    await sleep(pollMilliseconds);
  }
  throw new Error(`${execution}: ${actor} was not called`);
}
