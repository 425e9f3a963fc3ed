import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { exitTable, worstExitCode } from '../../src/cli/exit-codes.ts';

const page = readFileSync('docs/errors.md', 'utf8');

/** Codes as errors are given them: `code: 'LEASE_HELD'`. Those of Node.js and libpq are not ours. */
async function codesOfSource(): Promise<Map<string, string>> {
  const codes = new Map<string, string>();
  for (const folder of ['src', 'functions', 'containers']) {
    for await (const file of glob(`${folder}/**/*.ts`)) {
      const text = readFileSync(file, 'utf8');
      for (const [, code = ''] of text.matchAll(/\bcode: '([A-Z][A-Z_]+)'/g)) codes.set(code, file);
    }
  }
  return codes;
}

const foreign = new Set(['EPIPE']);
const documented = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code = '']) => code);

describe('docs/errors.md', () => {
  it('has every code that the source gives', async () => {
    const codes = [...(await codesOfSource())].filter(([code]) => !foreign.has(code));
    const missing = codes.filter(([code]) => !documented.includes(code));
    expect(codes.length).toBeGreaterThan(50);
    expect(missing).toEqual([]);
  });

  it('has no code that the source does not know', async () => {
    let source = '';
    for await (const file of glob('{src,functions,containers,infra}/**/*.ts'))
      source += readFileSync(file, 'utf8');
    expect(documented.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
  });

  it('has the one table of exit codes', () => {
    const rows = exitTable.map(({ code, name, meaning }) => `| ${code} | ${name} | ${meaning} |`);
    expect(page).toContain(rows.join('\n'));
  });
});

describe('worstExitCode', () => {
  it('is good for nothing at all and the gravest of several', () => {
    expect(worstExitCode([])).toBe(0);
    expect(worstExitCode([0, 3, 0])).toBe(3);
    expect(worstExitCode([3, 13, 1])).toBe(13);
    expect(worstExitCode([1, 12, 130])).toBe(130);
  });

  it('keeps a code that it does not know', () => {
    expect(worstExitCode([0, 75])).toBe(75);
  });
});
