import { expect, it } from 'vitest';
import { selectSources } from '../../src/cli/select-sources.ts';
import { parseConfig } from '../../src/core/config/parse.ts';
import { engines } from '../../src/engines/index.ts';

const config = parseConfig(
  `
vault: { primary: { url: file:///backups }, encryption: { key: env:KEY } }
sources:
  uploads: { engine: files, path: /srv, after: [orders], policies: { daily: {} } }
  orders: { engine: postgres, connection: env:URL, policies: { daily: {} } }
`,
  { file: 'holdfast.yaml', engines, channels: [] },
);

it('orders sources by what comes first in a restore', () => {
  expect(selectSources(config, { all: true })).toEqual(['orders', 'uploads']);
  expect(selectSources(config, { sources: ['uploads', 'orders'] })).toEqual(['orders', 'uploads']);
  expect(selectSources(config, { kind: 'files' })).toEqual(['uploads']);
});

it('wants a choice where there are several', () => {
  expect(() => selectSources(config, {})).toThrow(/no source named: there are orders, uploads/);
});

it.each([{ all: true }, { kind: 'files' }])('refuses names together with %o', (choice) => {
  expect(() => selectSources(config, { ...choice, sources: ['orders'] })).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', exitCode: 2 }),
  );
});
