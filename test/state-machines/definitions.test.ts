import { expect, test } from 'vitest';
import { machineNames } from '../../src/core/contracts/machines.ts';
import { localSubstitutions, readMachines } from '../../src/wiring/machines.ts';

type State = Record<string, unknown> & {
  Type: string;
  TimeoutSeconds?: number;
  Retry?: { ErrorEquals: string[] }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
};
interface Machine {
  Comment: string;
  QueryLanguage: string;
  States: Record<string, State>;
}

const texts = await readMachines();
const machines = machineNames.map((name) => [name, JSON.parse(texts[name]) as Machine] as const);
const states = machines.flatMap(([machine, { States }]) =>
  Object.entries(States).map(([name, state]) => [machine, name, state] as const),
);
const tasks = states.filter(([, , { Type }]) => Type === 'Task');

test.for(machines)('%s says what it takes and gives', ([, machine]) => {
  expect(machine.Comment).toMatch(/nput \{.*; output \{/);
});

test.for(tasks)('%s, %s: bounded in time, retried where AWS is at fault', ([, , state]) => {
  expect(state.TimeoutSeconds).toBeGreaterThan(0);
  const retried = state.Retry?.flatMap(({ ErrorEquals }) => ErrorEquals) ?? [];
  expect(retried.length).toBeGreaterThan(0);
  expect(retried).not.toContain('States.ALL');
  expect(retried).not.toContain('States.TaskFailed');
});

/** Of no one source: the rule on the status of executions tells that they failed. */
const ofAllSources = ['health', 'scheduled'];

test.for(tasks.filter(([machine]) => !ofAllSources.includes(machine)))(
  '%s, %s: whatever fails is caught, and the original error is kept',
  ([, name, state]) => {
    expect(state.Catch?.at(-1)?.ErrorEquals).toEqual(['States.ALL']);
    const isNotice = name.startsWith('Notify');
    const kept = JSON.stringify(state.Catch).includes('$states.errorOutput.Error');
    expect(kept).toBe(!isNotice);
  },
);

test('placeholders are those that the runner fills in', () => {
  const used = new Set(Object.values(texts).flatMap((text) => text.match(/\$\{\w+\}/g) ?? []));
  expect([...used].toSorted()).toEqual(
    Object.keys(localSubstitutions)
      .map((name) => `\${${name}}`)
      .toSorted(),
  );
});
