import { expect, it, vi } from 'vitest';
import { checkCompressor } from '../../src/pipeline/check.ts';

it('names the zstd that backups go through', async () => {
  const [line] = await checkCompressor();
  expect(line).toMatchObject({ area: 'configuration', subject: 'zstd', level: 'ok' });
  expect(line?.detail).toMatch(/Zstandard CLI .*v1\./);
});

it('misses a zstd that is not on the PATH', async () => {
  vi.stubEnv('PATH', '/no/such/place');
  const [line] = await checkCompressor();
  expect(line).toMatchObject({ level: 'error', exitCode: 1, fix: expect.stringContaining('zstd') });
});
