/** From the text of a `state-machines/*.asl.json` file to a definition that can run. */
import { z } from 'zod';
import { DefinitionError } from '../../core/errors.ts';
import { allowedWords } from '../../core/nearest.ts';
import { lintDefinition } from './lint.ts';
import { type Definition, definitionSchema } from './states-language.ts';

export type Substitutions = Readonly<Record<string, string>>;

/**
 * Fills in `${Name}` as CloudFormation's DefinitionSubstitutions does, then checks the whole.
 * @throws DefinitionError naming each placeholder without a value, or each fault by its path.
 */
export function loadDefinition(
  name: string,
  text: string,
  substitutions: Substitutions = {},
): Definition {
  const parsed = definitionSchema.safeParse(parseJson(name, substitute(name, text, substitutions)));
  if (!parsed.success) throw invalid(name, z.prettifyError(parsed.error));
  const findings = lintDefinition(parsed.data);
  if (findings.length > 0) throw invalid(name, findings.join('\n'));
  return parsed.data;
}

function substitute(machine: string, text: string, substitutions: Substitutions): string {
  const missing = new Set<string>();
  const filled = text.replaceAll(/\$\{([A-Za-z0-9]+)\}/g, (placeholder, name: string) => {
    const value = substitutions[name];
    if (value === undefined) missing.add(name);
    return value === undefined ? placeholder : JSON.stringify(value).slice(1, -1);
  });
  const [first] = missing;
  if (first !== undefined) {
    const seen = [...missing].map((name) => `\${${name}}`).join(', ');
    const allowed = allowedWords(first, Object.keys(substitutions));
    throw new DefinitionError(`state machine ${machine}: no value for ${seen}${allowed}`, {
      code: 'DEFINITION_PLACEHOLDER',
      hint: 'Correct the placeholder, or add its name to the table of substitutions.',
    });
  }
  return filled;
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(name, `not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

const invalid = (name: string, findings: string): DefinitionError =>
  new DefinitionError(`state machine ${name} is not valid: ${findings}`, {
    code: 'DEFINITION_INVALID',
    hint: 'Correct the state machine; npm test runs the same checks.',
  });
