import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { channels } from '../../src/channels/index.ts';
import { configJsonSchema, readConfig } from '../../src/core/config/parse.ts';
import { engines } from '../../src/engines/index.ts';

const parts = { engines, channels };
const page = readFileSync('docs/configuration.md', 'utf8');
const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
const example = blocks.find((text) => text.startsWith('vault:')) ?? '';

describe('docs/configuration.md', () => {
  it.each([undefined, 'prod'])('has an example that is accepted at stage %s', (stage) => {
    const { config, warnings } = readConfig(example, { file: 'example.yaml', stage, ...parts });
    expect(Object.keys(config.sources)).toEqual(['orders', 'uploads']);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('policies.deploy.on: events arrive only in the deployed form');
  });

  it('names every key that there is', () => {
    const names = [...keysOf(configJsonSchema(parts))].filter((name) => !name.startsWith('$'));
    expect(names.length).toBeGreaterThan(60);
    const missing = names.filter((name) => !new RegExp(`\\b${name}\\b`).test(page));
    // Assertions of a drill belong to the pages of the engines.
    expect(missing).toEqual(['exists', 'minBytes', 'sha256']);
  });

  it('shows a mistake as the program words it', () => {
    const wrong = page.match(/^holdfast\.yaml:12:5 (.+)$/m)?.[1] ?? 'none';
    const text = example.replace('daily: 30', 'dayly: 30');
    expect(() => readConfig(text, { file: 'holdfast.yaml', ...parts })).toThrow(wrong);
  });
});

/** Names of properties anywhere in a JSON Schema. */
function keysOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  const { properties = {} } = schema as { properties?: object };
  for (const name of Object.keys(properties)) found.add(name);
  for (const value of Object.values(schema)) keysOf(value, found);
  return found;
}

describe('examples/', () => {
  const files = readdirSync('examples').filter((name) => name.endsWith('.yaml'));

  it('are five', () => {
    expect(files).toHaveLength(5);
  });

  it.each(files)('%s is accepted without a warning', (name) => {
    const text = readFileSync(join('examples', name), 'utf8');
    const { config, warnings } = readConfig(text, { file: name, ...parts });
    expect(warnings).toEqual([]);
    expect(Object.keys(config.sources).length).toBeGreaterThan(0);
  });
});
