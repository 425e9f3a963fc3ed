import { describe, expect, it } from 'vitest';
import { changesBetween, type Template } from '../../../infra/stack/changes.ts';
import { stackValues } from '../../../infra/stack/values.ts';
import { stageOf } from './stage-of.ts';

const source = (more = '') => `sources:
  orders:
    engine: postgres
    connection: secretsmanager:orders#url
    policies: { daily: { schedule: "cron(0 2 * * ? *)", keep: { daily: 7 } } }
${more}`;

async function templateOf(rest: string, sha256 = '0'.repeat(64)): Promise<Template> {
  const stage = { ...stageOf(rest), deployed: { text: '{}', sha256 } };
  return { Resources: (await stackValues(stage)).resources };
}
const changes = async (after: string, sha256?: string) =>
  changesBetween(await templateOf(source()), await templateOf(after, sha256));

describe('changesBetween', () => {
  it('says nothing where nothing changes', async () => {
    expect(await changes(source())).toEqual([]);
  });

  it('names a schedule by its time and what it starts', async () => {
    const told = await changes(source().replace('cron(0 2', 'cron(30 3'));
    expect(told).toEqual(
      expect.arrayContaining([
        '+ schedule cron(30 3 * * ? *) UTC: orders/daily',
        '- schedule cron(0 2 * * ? *) UTC: orders/daily',
      ]),
    );
  });

  it('says what a role may do in addition, and what no longer', async () => {
    const told = (await changes(source().replace('secretsmanager:orders', 'ssm:/orders'))).find(
      (line) => line.startsWith('~ role holdfast-prod-dump-shared'),
    );
    expect(told).toBe(
      '~ role holdfast-prod-dump-shared: may also ssm:GetParameter parameter/orders; may no longer secretsmanager:GetSecretValue secret:orders-??????',
    );
  });

  it('gives the old and the new size of tasks, and the configuration by its first digits', async () => {
    const told = await changes(
      source('deploy: { tasks: { cpu: 2048, memoryMiB: 8192 } }\n'),
      '1'.repeat(64),
    );
    expect(told).toContain(
      '~ task holdfast-prod-dump: Cpu 1024 → 2048; Memory 2048 → 8192; HOLDFAST_CONFIG 00000000 → 11111111',
    );
  });

  it('names the roles of a new isolation group', async () => {
    const told = await changes(source('    deploy: { isolation: shop }\n'));
    expect(told).toEqual(
      expect.arrayContaining([
        '+ role holdfast-prod-dump-shop',
        '- role holdfast-prod-dump-shared',
      ]),
    );
  });

  it('tells of everything where there was nothing', async () => {
    const after = await templateOf(source());
    const told = changesBetween({ Resources: {} }, after);
    expect(told).toHaveLength(Object.keys(after.Resources).length);
    expect(told.every((line) => line.startsWith('+ '))).toBe(true);
  });
});
