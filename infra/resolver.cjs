/**
 * `${file(infra/resolver.cjs)}` in serverless.yml: what holdfast.yaml of a stage means for the stack.
 * CommonJS, because the framework reads no other; the work is in stack/.
 */
module.exports = async ({ options }) => {
  const { readStage } = await import('./stack/stage.ts');
  const { stackValues } = await import('./stack/values.ts');
  const file = process.env.HOLDFAST_CONFIG ?? 'holdfast.yaml';
  return stackValues(await readStage(file, options.stage ?? 'dev'));
};
