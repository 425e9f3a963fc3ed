/** Whether a directory can be backed up here: it is there, it may be read, the programs are installed. */
import { HoldfastError } from '../../core/errors.ts';
import type { ProbeFinding } from '../../core/ports/store.ts';
import { isBucket } from './objects/bucket.ts';
import { surveyResultSchema } from './restore/result.ts';
import { ownPathsIn, sourceRoot } from './source-root.ts';
import { type FilesContext, runStep, runTool } from './tools.ts';

export async function checkFiles(context: FilesContext): Promise<ProbeFinding[]> {
  const look = isBucket(context.source.path) ? checkBucket : checkTree;
  const [tree, tools] = await Promise.all([look(context), checkTools(context)]);
  return [...tree, ...tools];
}

const checkBucket: typeof checkTree = async (context) =>
  (await import('./objects/check.ts')).checkObjects(context);

async function checkTree(context: FilesContext): Promise<ProbeFinding[]> {
  const subject = context.source.path;
  try {
    const root = await sourceRoot(context);
    const own = await ownPathsIn({ ...context, scratchDir: '' }, root);
    return [await surveyTree(context, root), ...own.map((path) => leftOut(subject, path))];
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const fix = error.hint === undefined ? {} : { fix: error.hint };
    return [{ subject, level: 'error', detail: error.message, ...fix }];
  }
}

const leftOut = (subject: string, path: string): ProbeFinding => ({
  subject,
  level: 'warning',
  detail: `Holdfast's own ${path} lies in it and is left out of every backup`,
  fix: 'Keep the vault on another disk: what takes this directory away takes its backups too.',
});

/** Large trees are looked at only so far: a check takes seconds, not minutes. */
const maxEntries = 100_000;

async function surveyTree(context: FilesContext, root: string): Promise<ProbeFinding> {
  const step = { step: 'survey', root, maxEntries } as const;
  const found = await runStep(context, step, surveyResultSchema);
  const seen = `${found.complete ? '' : 'the first '}${Math.min(found.entries, maxEntries)} entries`;
  const subject = context.source.path;
  if (found.unreadableCount === 0) return { subject, level: 'ok', detail: `${seen}, all readable` };
  return {
    subject,
    level: 'warning',
    detail: `${found.unreadableCount} of ${seen} cannot be read: ${found.unreadable.join(', ')}`,
    fix: `Without them every backup is partial. setfacl -R -m u:USER:rX ${root}, or exclude them.`,
  };
}

interface ToolCheck {
  readonly argv: readonly [string, ...string[]];
  readonly expects: RegExp;
  readonly level: 'error' | 'warning';
  readonly missing: string;
  readonly fix: string;
}

const toolChecks: readonly ToolCheck[] = [
  {
    argv: ['tar', '--version'],
    expects: /GNU tar/,
    level: 'error',
    missing: 'GNU tar is needed to restore',
    fix: 'apt-get install tar',
  },
  {
    argv: ['getfattr', '--version'],
    expects: /getfattr/,
    level: 'warning',
    missing: 'getfattr is not installed: extended attributes and ACLs are left out',
    fix: 'apt-get install attr',
  },
];

const checkTools = ({ signal }: FilesContext): Promise<ProbeFinding[]> =>
  Promise.all(toolChecks.map((tool) => checkTool(tool, signal)));

async function checkTool(tool: ToolCheck, signal: AbortSignal): Promise<ProbeFinding> {
  const [subject] = tool.argv;
  const said = await runTool(tool.argv, { signal }).then(
    ({ stdout }) => stdout,
    () => '',
  );
  if (!tool.expects.test(said)) {
    return { subject, level: tool.level, detail: tool.missing, fix: tool.fix };
  }
  return { subject, level: 'ok', detail: said.split('\n', 1)[0] ?? '' };
}
