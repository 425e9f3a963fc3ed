import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { machineNames } from '../../src/core/contracts.ts';
import { localSubstitutions, readMachines } from '../../src/wiring/machines.ts';

type State = Record<string, unknown> & {
  Type: string;
  TimeoutSeconds?: number;
  HeartbeatSeconds?: number;
  Retry?: { ErrorEquals: string[] }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
};
interface Machine {
  Comment: string;
  QueryLanguage: string;
  States: Record<string, State>;
}

interface Validation {
  readonly isValid: boolean;
  readonly errorsText: () => string;
}
const validate: (definition: unknown) => Validation = createRequire(import.meta.url)(
  'asl-validator',
);

const texts = await readMachines();
const machines = machineNames.map((name) => [name, JSON.parse(texts[name]) as Machine] as const);
const states = machines.flatMap(([machine, { States }]) =>
  Object.entries(States).map(([name, state]) => [machine, name, state] as const),
);
const tasks = states.filter(([, , { Type }]) => Type === 'Task');

test.for(machines)('%s is valid and says what it does', ([, machine]) => {
  const { isValid, errorsText } = validate(machine);
  expect(isValid, errorsText()).toBe(true);
  expect(machine.QueryLanguage).toBe('JSONata');
  expect(machine.Comment).toContain('put');
});

test.for(tasks)('%s, %s: bounded in time, retried where AWS is at fault', ([, , state]) => {
  expect(state.HeartbeatSeconds).toBeGreaterThan(0);
  expect(state.HeartbeatSeconds).toBeLessThan(Number(state.TimeoutSeconds));
  const retried = state.Retry?.flatMap(({ ErrorEquals }) => ErrorEquals) ?? [];
  expect(retried.length).toBeGreaterThan(0);
  expect(retried).not.toContain('States.ALL');
  expect(retried).not.toContain('States.TaskFailed');
});

test.for(states)('%s, %s: States.ALL alone and last, nothing of JSONPath', ([, , state]) => {
  const text = JSON.stringify(state);
  expect(text).not.toMatch(
    /\{%\s*\$\.|ResultPath|InputPath|OutputPath|"Parameters"|ResultSelector/,
  );
  const lists = [state.Retry, state.Catch].map((list) => list ?? []);
  for (const list of lists) {
    const all = list.findIndex(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'));
    if (all >= 0) expect([all, list[all]?.ErrorEquals]).toEqual([list.length - 1, ['States.ALL']]);
  }
});

test.for(tasks.filter(([machine]) => machine !== 'health'))(
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
