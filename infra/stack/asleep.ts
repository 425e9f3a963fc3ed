/** The same stack in which nothing starts by itself. */
import type { Template, TemplateResource } from './changes.ts';

const starters = ['AWS::Scheduler::Schedule', 'AWS::Events::Rule'];

/** For the first deployment: schedules and rules fire as soon as they are there. */
export function asleep<T extends Template>(template: T): T {
  const resources = Object.entries(template.Resources).map(([id, resource]) => [
    id,
    starters.includes(resource.Type) ? disabled(resource) : resource,
  ]);
  return { ...template, Resources: Object.fromEntries(resources) };
}

const disabled = ({ Properties, ...rest }: TemplateResource): TemplateResource => ({
  ...rest,
  Properties: { ...Properties, State: 'DISABLED' },
});
