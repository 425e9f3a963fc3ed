/**
 * State machines call functions by version, and the framework names a version by its hash. After it has
 * done so, `!Ref PlanFunctionVersion` becomes the version's own name.
 */
class FunctionVersions {
  constructor(serverless) {
    const name = () => nameVersions(serverless.service.provider.compiledCloudFormationTemplate);
    this.hooks = { 'after:aws:package:finalize:mergeCustomProviderResources': name };
  }
}

function nameVersions(template) {
  const ids = new Map();
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type !== 'AWS::Lambda::Version') continue;
    const functionId = Properties.FunctionName.Ref;
    ids.set(functionId.replace(/LambdaFunction$/, 'FunctionVersion'), id);
  }
  rename(template, ids);
}

function rename(node, ids) {
  if (typeof node !== 'object' || node === null) return;
  if (ids.has(node.Ref)) node.Ref = ids.get(node.Ref);
  for (const child of Object.values(node)) rename(child, ids);
}

module.exports = FunctionVersions;
