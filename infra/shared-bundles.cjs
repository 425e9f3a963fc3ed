/**
 * Functions whose handlers are in one file share one package: it is built once anyway, and so uploaded once.
 * The framework uploads each artifact by its path, and gives a function the key of its own.
 */
const { rmSync } = require('node:fs');

class SharedBundles {
  constructor(serverless) {
    this.hooks = { 'after:package:createDeploymentArtifacts': () => share(serverless.service) };
  }
}

function share(service) {
  const first = new Map();
  for (const name of service.getAllFunctions()) {
    const { handler, package: packaged } = service.getFunction(name);
    const file = handler.replace(/\.\w+$/, '');
    const shared = first.get(file);
    if (shared === undefined) first.set(file, packaged.artifact);
    else if (packaged.artifact !== shared) {
      rmSync(packaged.artifact, { force: true });
      packaged.artifact = shared;
    }
  }
}

module.exports = SharedBundles;
