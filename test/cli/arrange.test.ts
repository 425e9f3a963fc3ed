import { describe, expect, it } from 'vitest';
import { arrange } from '../../src/cli/arrange.ts';

const known = {
  verbs: ['backup', 'restore', 'keys list', 'keys test', 'config schema'],
  groupDefaults: { keys: 'list' },
  takesValue: async (flag: string) => ['--config', '-c', '--at'].includes(flag),
};

describe('arrange', () => {
  it.each([
    [['backup', 'orders'], 'backup', ['orders']],
    [['--json', 'backup', 'orders'], 'backup', ['--json', 'orders']],
    [['-c', 'x.yaml', 'backup'], 'backup', ['-c', 'x.yaml']],
    [
      ['--at', 'latest', '--overwrite', 'restore', 'orders'],
      'restore',
      ['--at', 'latest', '--overwrite', 'orders'],
    ],
    [['--at=latest', 'restore'], 'restore', ['--at=latest']],
    [['keys', '--json', 'test'], 'keys test', ['--json']],
    [['--json', 'keys'], 'keys list', ['--json']],
    [['keys', '--help'], 'keys list', ['--help']],
    [['restore', '--', '--odd'], 'restore', ['--', '--odd']],
    [['--json'], undefined, ['--json']],
  ])('reads %j', async (words, verb, argv) => {
    expect(await arrange(words, known)).toEqual({ verb, argv });
  });

  it.each([
    [['bakup'], 'there is no "bakup"', 'Did you mean `holdfast backup`?'],
    [['keys', 'tst'], 'there is no "keys tst"', 'Did you mean `holdfast keys test`?'],
    [['xyzzy'], 'there is no "xyzzy"', 'Allowed: backup, restore, keys, config.'],
  ])('refuses %j', async (words, message, hint) => {
    await expect(arrange(words, known)).rejects.toMatchObject({
      message: `command not understood: ${message}`,
      hint,
      exitCode: 2,
    });
  });

  it('asks for the member of a group that has no usual one', async () => {
    await expect(arrange(['config'], known)).rejects.toThrow('"config" needs one of schema');
  });
});
