/** `npm run plan`: what a deployment would change, in words, before it does. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployedTemplate, stackName } from './deploy.ts';
import { makePackage, packageFolder, readTemplate, templateIn } from './package.ts';
import { changesBetween, type Template } from './stack/changes.ts';
import { readStage, type Stage } from './stack/stage.ts';

export interface PlanOptions {
  readonly stage: string;
  readonly config: string;
  /** `deployed` asks CloudFormation; absent, the last package of the stage. */
  readonly against?: string | undefined;
}

export interface Plan {
  /** What the changes are told against. */
  readonly against: string;
  readonly changes: readonly string[];
}

export async function planStage({ stage, config, against }: PlanOptions): Promise<Plan> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-plan-'));
  try {
    const { template } = await makePackage({ stage, config, folder });
    const before = await templateBefore(await readStage(config, stage), against);
    const changes = changesBetween(before.template, await readTemplate(template));
    return { against: before.name, changes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Before {
  readonly name: string;
  readonly template: Template;
}

async function templateBefore(stage: Stage, against: string | undefined): Promise<Before> {
  if (against === 'deployed') {
    const template = await deployedTemplate(stage);
    return { name: `the deployed stack ${stackName(stage.stage)}`, template: template ?? empty };
  }
  const file = against ?? templateIn(packageFolder(stage.stage));
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { name: `nothing: there is no ${file} yet`, template: empty };
  return { name: file, template: JSON.parse(text) as Template };
}

const empty: Template = { Resources: {} };
