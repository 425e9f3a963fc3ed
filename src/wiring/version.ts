import manifest from '../../package.json' with { type: 'json' };

/** Holdfast's own version: in manifests, `--version`, user agents. */
export const version: string = manifest.version;
