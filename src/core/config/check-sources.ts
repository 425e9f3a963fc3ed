/** What a source asks for against what its engine can do, and schedules that cannot run. */
import type { Engine } from '../ports/engine.ts';
import { type Finding, finding, warning } from './finding.ts';
import type { Path } from './place.ts';
import type { Config } from './schema.ts';
import type { Policy, SourceBase } from './source.ts';

/** The engine's part in reading a configuration. */
export type EngineParts = Pick<Engine, 'name' | 'methods' | 'fingerprints' | 'schema'>;

export function checkSources(config: Config, engines: readonly EngineParts[]): Finding[] {
  return Object.entries(config.sources).flatMap(([name, source]) => {
    const engine = engines.find((candidate) => candidate.name === source.engine);
    return engine === undefined ? [] : checkSource(['sources', name], source, engine);
  });
}

function checkSource(path: Path, source: SourceBase, engine: EngineParts): Finding[] {
  const policies = Object.entries(source.policies).flatMap(([name, policy]) =>
    checkPolicy([...path, 'policies', name], policy, engine),
  );
  return [...policies, ...checkFingerprint(path, source, engine), ...checkDrill(path, source)];
}

function checkPolicy(path: Path, policy: Policy, engine: EngineParts): Finding[] {
  const method = policy.method ?? engine.methods[0];
  const found: Finding[] = [];
  if (!engine.methods.includes(method)) {
    const allowed = engine.methods.join(', ');
    found.push(
      finding([...path, 'method'], `found "${method}"; allowed for ${engine.name}: ${allowed}`),
    );
  }
  if (policy.full !== undefined && method !== 'incremental') {
    found.push(
      finding([...path, 'full'], `only for method incremental; this one is ${method}`, 'key'),
    );
  }
  if (policy.on !== undefined) {
    const why =
      'events arrive only in the deployed form: on one machine run `holdfast backup` by hand';
    found.push(warning([...path, 'on'], why, 'key'));
  }
  if (policy.keep === undefined) {
    found.push(warning(path, 'no `keep`: what this policy makes is never removed', 'key'));
  } else if (Object.keys(policy.keep).length === 0) {
    found.push(finding([...path, 'keep'], 'empty; expected at least one period: daily: 7'));
  }
  return found;
}

function checkFingerprint(path: Path, source: SourceBase, engine: EngineParts): Finding[] {
  const { fingerprint } = source;
  if (fingerprint === undefined || engine.fingerprints.includes(fingerprint)) return [];
  const allowed = engine.fingerprints.join(', ');
  return [
    finding(
      [...path, 'fingerprint'],
      `found "${fingerprint}"; allowed for ${engine.name}: ${allowed}`,
    ),
  ];
}

function checkDrill(path: Path, source: SourceBase): Finding[] {
  if (source.drill === undefined || source.fingerprint !== 'none') return [];
  const why = 'under `fingerprint: none` a drill compares nothing and never counts as restored';
  return [warning([...path, 'drill'], why, 'key')];
}
