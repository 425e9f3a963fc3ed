/** `npm run plan`: what a deployment would change, in words, before it does. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { deployedTemplate, stackName } from './deploy.ts';
import { makePackage, packageFolder, readTemplate, templateIn } from './package.ts';
import { changesBetween, type Template } from './stack/changes.ts';
import { recoveryOf } from './stack/recovery.ts';
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
  /** What the configuration says that one may not expect. */
  readonly warnings: readonly string[];
  /** That of the recovery stack, where the stage has one. */
  readonly recovery?: Plan;
}

export async function planStage({ stage, config, against }: PlanOptions): Promise<Plan> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-plan-'));
  try {
    const { template, recovery } = await makePackage({ stage, config, folder });
    const own = await readStage(config, stage);
    const plan = await planOf(own, template, { against, folder: packageFolder(stage) });
    const stands = recoveryOf(own);
    if (recovery === undefined || stands === undefined) return plan;
    const there = { against: ofRecovery(against), folder: join(packageFolder(stage), 'recovery') };
    const planned = await planOf(await readStage(config, stands), recovery.template, there);
    return { ...plan, recovery: planned };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Around {
  readonly against: string | undefined;
  /** Of the last package. */
  readonly folder: string;
}

async function planOf(stage: Stage, template: string, around: Around): Promise<Plan> {
  const before = await templateBefore(stage, around);
  return {
    against: before.name,
    changes: changesBetween(before.template, await readTemplate(template)),
    warnings: stage.warnings ?? [],
  };
}

/** A template that is named is that of the first stack; that of the other lies beside it. */
function ofRecovery(against: string | undefined): string | undefined {
  if (against === undefined || against === 'deployed') return against;
  return join(dirname(against), 'recovery', basename(against));
}

interface Before {
  readonly name: string;
  readonly template: Template;
}

async function templateBefore(stage: Stage, { against, folder }: Around): Promise<Before> {
  if (against === 'deployed') {
    const template = await deployedTemplate(stage);
    return { name: `the deployed stack ${stackName(stage.stage)}`, template: template ?? empty };
  }
  const file = against ?? templateIn(folder);
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return { name: `nothing: there is no ${file} yet`, template: empty };
  return { name: file, template: JSON.parse(text) as Template };
}

const empty: Template = { Resources: {} };
