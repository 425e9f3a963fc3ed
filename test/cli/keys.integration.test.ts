import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli, runJson, temporaryFolder } from './run-cli.ts';

/** A configuration whose backups an RSA key opens too; its private half lies in `safe/`. */
async function withEscrow() {
  const cwd = await temporaryFolder();
  await mkdir(join(cwd, 'data'));
  await mkdir(join(cwd, 'safe'));
  await writeFile(join(cwd, 'data', 'a'), 'a');
  await runCli(['init', '--files', 'data', '--vault', 'vault'], { cwd });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  await writeFile(join(cwd, 'escrow.pem'), publicKey);
  await writeFile(join(cwd, 'safe', 'private.pem'), privateKey, { mode: 0o600 });
  const file = join(cwd, 'holdfast.yaml');
  const text = readFileSync(file, 'utf8');
  const recipients = async (list: string) => {
    const replaced = text.replace(/encryption: .+/, `encryption: { recipients: [${list}] }`);
    await writeFile(file, replaced);
  };
  return { cwd, recipients };
}

const aes = '{ aes: "file:.holdfast/key" }';
const rsa = '{ rsa: escrow.pem }';

it('gives old sets to a new recipient without rewriting them, and proves the escrow key', async () => {
  const { cwd, recipients } = await withEscrow();
  const made = (await runJson(['backup'], { cwd })).answer.result.backups[0].set;
  await recipients(`${aes}, ${rsa}`);
  const listed = (await runJson(['keys'], { cwd })).answer.result.keys;
  expect(listed.map(({ sets }: { sets: number }) => sets)).toEqual([1, 0]);

  const untested = await runJson(['keys', 'test', '--private-key', 'safe/private.pem'], { cwd });
  expect(untested.exitCode).toBe(12);
  const rotated = (await runJson(['keys', 'rotate'], { cwd })).answer.result.sets;
  expect(rotated).toMatchObject([{ backup: made.id, added: [expect.stringMatching(/^rsa:/)] }]);
  const tested = await runJson(['keys', 'test', '--private-key', 'safe/private.pem'], { cwd });
  expect(tested.answer.result.keys).toMatchObject([{ opens: 1, closed: [] }]);
});

it('restores with the escrow key alone', async () => {
  const { cwd, recipients } = await withEscrow();
  await recipients(`${aes}, ${rsa}`);
  await runCli(['backup'], { cwd });
  await recipients(rsa);
  const without = await runJson(['restore', 'data', '--to', 'out'], { cwd });
  expect(without.exitCode).not.toBe(0);
  const words = ['restore', 'data', '--to', 'out', '--private-key', 'safe/private.pem'];
  expect((await runCli(words, { cwd })).exitCode).toBe(0);
  expect(readFileSync(join(cwd, 'out', 'a'), 'utf8')).toBe('a');
});

it('verifies and lists a vault without sets, and prunes nothing there', async () => {
  const { cwd } = await withEscrow();
  await writeFile(join(cwd, 'data', 'a'), 'a');
  const file = join(cwd, 'holdfast.yaml');
  const text = readFileSync(file, 'utf8');
  await writeFile(file, text.replace(/path: .+/, 'path: /no/such/directory'));
  expect((await runCli(['backup'], { cwd })).exitCode).toBe(1);
  const verified = await runJson(['verify', '--all'], { cwd });
  expect(verified).toMatchObject({ exitCode: 0, answer: { result: { verified: [] } } });
  expect((await runCli(['list'], { cwd })).stdout).toContain('No backups in');
  expect((await runCli(['prune'], { cwd })).stdout).toContain('0 sets removed');
});
