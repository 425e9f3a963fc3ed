/**
 * What a function imports when it needs it stays a file of its own, which a cold start does not load. The
 * framework builds one function after the other into one folder and leaves out of a package what begins
 * with another function's name: so the chunks of `plan` lie under `plan.chunks/`.
 */
const { basename } = require('node:path');

const functionChunks = {
  name: 'function-chunks',
  setup({ initialOptions }) {
    const [entry] = initialOptions.entryPoints;
    initialOptions.chunkNames = `${basename(entry, '.ts')}.chunks/[name]-[hash]`;
  },
};

module.exports = [functionChunks];
