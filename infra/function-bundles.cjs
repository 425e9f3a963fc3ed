/** What of a function's bundle a cold start has to load: plugins of esbuild. */
const { basename, dirname } = require('node:path');

/**
 * What a function imports when it needs it stays a file of its own. The framework builds one function after
 * the other into one folder and leaves out of a package what begins with another function's name: so the
 * chunks of `plan` lie under `plan.chunks/`.
 */
const chunks = {
  name: 'chunks',
  setup({ initialOptions }) {
    const [entry] = initialOptions.entryPoints;
    initialOptions.chunkNames = `${basename(entry, '.ts')}.chunks/[name]-[hash]`;
  },
};

/** zod brings its messages in fifty languages, 260 KB of them; Holdfast speaks one. */
const oneLanguage = {
  name: 'one-language',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};

module.exports = [chunks, oneLanguage];
