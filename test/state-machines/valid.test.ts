import { readdirSync, readFileSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import { loadDefinition } from '../../src/runner/index.ts';

const directory = new URL('../../state-machines/', import.meta.url);
const files = readdirSync(directory).filter((name) => name.endsWith('.asl.json'));

/** Any ARN will do: asl-validator looks at their form. */
const anArn = 'arn:aws:lambda:us-east-1:000000000000:function:any';
/** An object of JSONata is a value, too. */
const filling = (name: string) => (name.endsWith('Tasks') ? `{'a': '${anArn}'}` : anArn);

it('there are state machines to check', () => {
  expect(files).toEqual(
    expect.arrayContaining(['backup.asl.json', 'restore.asl.json', 'drill.asl.json']),
  );
});

describe.each(files)('%s', (file) => {
  const text = readFileSync(new URL(file, directory), 'utf8');
  const names = [...text.matchAll(/\$\{([A-Za-z0-9]+)\}/g)].map(([, name]) => String(name));
  const substitutions = Object.fromEntries(names.map((name) => [name, filling(name)]));

  it('is valid by asl-validator', () => {
    const filled = JSON.parse(text.replaceAll(/\$\{([A-Za-z0-9]+)\}/g, (_, name) => filling(name)));
    const { isValid, errorsText } = aslValidator(filled);
    expect(errorsText()).toBe('');
    expect(isValid).toBe(true);
  });

  it('passes the checks that asl-validator does not make', () => {
    expect(loadDefinition(file, text, substitutions).QueryLanguage).toBe('JSONata');
  });

  it('gives every task a timeout and a rule for its failures', () => {
    const definition = loadDefinition(file, text, substitutions);
    const tasks = Object.entries(definition.States).flatMap(([name, state]) =>
      state.Type === 'Task' ? [{ name, state }] : [],
    );
    expect(tasks.length).toBeGreaterThan(0);
    for (const { name, state } of tasks) {
      expect(state.TimeoutSeconds, name).toBeDefined();
      expect(state.Retry.length, name).toBeGreaterThan(0);
    }
  });
});
