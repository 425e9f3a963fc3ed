/** Amazon States Language, the JSONata form: what the runner accepts of it, and nothing else. */
import { z } from 'zod';
import type { Json } from '../../core/canonical-json.ts';

/** Any JSON whose strings `{% … %}` are JSONata. */
export type Template = Json;
const template = z.custom<Template>((value) => value !== undefined, 'a JSON value');
const expression = z.string().regex(/^\{%[\s\S]*%\}$/, 'a JSONata expression: {% … %}');
const seconds = z.union([z.number().int().positive(), expression]);
const count = z.union([z.number().min(0), expression]);
const assign = z.record(
  z
    .string()
    .max(80)
    .regex(/^[\p{L}_][\p{L}\p{N}_]*$/u, 'a variable name')
    .refine((name) => name !== 'states', '$states is reserved'),
  template,
);

const retryRule = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  IntervalSeconds: z.number().int().positive().default(1),
  MaxAttempts: z.number().int().min(0).default(3),
  BackoffRate: z.number().min(1).default(2),
  MaxDelaySeconds: z.number().int().positive().optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).default('NONE'),
  Comment: z.string().optional(),
});
export type RetryRule = z.infer<typeof retryRule>;

const catchRule = z.strictObject({
  ErrorEquals: z.array(z.string()).min(1),
  Next: z.string(),
  Assign: assign.optional(),
  Output: template.optional(),
  Comment: z.string().optional(),
});
export type CatchRule = z.infer<typeof catchRule>;

const base = { Comment: z.string().optional(), QueryLanguage: z.literal('JSONata').optional() };
const output = { Output: template.optional() };
const flow = {
  ...base,
  ...output,
  Assign: assign.optional(),
  Next: z.string().optional(),
  End: z.boolean().optional(),
};
const recovery = { Retry: z.array(retryRule).default([]), Catch: z.array(catchRule).default([]) };

const passState = z.strictObject({ ...flow, Type: z.literal('Pass') });
const taskState = z.strictObject({
  ...flow,
  ...recovery,
  Type: z.literal('Task'),
  Resource: z.string(),
  Arguments: template.optional(),
  TimeoutSeconds: seconds.optional(),
  HeartbeatSeconds: seconds.optional(),
  Credentials: template.optional(),
});
const waitState = z.strictObject({
  ...flow,
  Type: z.literal('Wait'),
  Seconds: count.optional(),
  Timestamp: z.string().optional(),
});
const choiceRule = z.strictObject({
  Condition: z.union([expression, z.boolean()]),
  Next: z.string(),
  Assign: assign.optional(),
  Output: template.optional(),
  Comment: z.string().optional(),
});
const choiceState = z.strictObject({
  ...base,
  ...output,
  Assign: assign.optional(),
  Type: z.literal('Choice'),
  Choices: z.array(choiceRule).min(1),
  Default: z.string().optional(),
});
const succeedState = z.strictObject({ ...base, ...output, Type: z.literal('Succeed') });
const failState = z.strictObject({
  ...base,
  Type: z.literal('Fail'),
  Error: z.string().optional(),
  Cause: z.string().optional(),
});

export interface Branch {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly Comment?: string | undefined;
}
const branch: z.ZodType<Branch> = z.lazy(() =>
  z.strictObject({
    StartAt: z.string(),
    States: z.record(z.string().max(80), state),
    Comment: z.string().optional(),
  }),
);
const parallelState = z.strictObject({
  ...flow,
  ...recovery,
  Type: z.literal('Parallel'),
  Branches: z.array(branch).min(1),
  Arguments: template.optional(),
});

export interface ItemProcessor extends Branch {
  readonly ProcessorConfig?: { readonly Mode: 'INLINE' | 'DISTRIBUTED' } | undefined;
}
const itemProcessor: z.ZodType<ItemProcessor> = z.lazy(() =>
  z.strictObject({
    ProcessorConfig: z
      .discriminatedUnion('Mode', [
        z.strictObject({ Mode: z.literal('INLINE') }),
        z.strictObject({
          Mode: z.literal('DISTRIBUTED'),
          ExecutionType: z.enum(['STANDARD', 'EXPRESS']),
        }),
      ])
      .optional(),
    StartAt: z.string(),
    States: z.record(z.string().max(80), state),
    Comment: z.string().optional(),
  }),
);
const mapState = z.strictObject({
  ...flow,
  ...recovery,
  Type: z.literal('Map'),
  Items: z.union([z.array(template), expression]).optional(),
  ItemSelector: template.optional(),
  ItemProcessor: itemProcessor,
  MaxConcurrency: count.optional(),
  ToleratedFailureCount: count.optional(),
  ToleratedFailurePercentage: count.optional(),
  /** Of a Distributed Map, which loads but does not run here. */
  ItemReader: template.optional(),
  ItemBatcher: template.optional(),
  Label: z.string().max(40).optional(),
});

export type PassState = z.infer<typeof passState>;
export type TaskState = z.infer<typeof taskState>;
export type WaitState = z.infer<typeof waitState>;
export type ChoiceState = z.infer<typeof choiceState>;
export type SucceedState = z.infer<typeof succeedState>;
export type FailState = z.infer<typeof failState>;
export type ParallelState = z.infer<typeof parallelState>;
export type MapState = z.infer<typeof mapState>;
export type State =
  | PassState
  | TaskState
  | WaitState
  | ChoiceState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;
export type StateType = State['Type'];

const state: z.ZodType<State> = z.discriminatedUnion('Type', [
  passState,
  taskState,
  waitState,
  choiceState,
  succeedState,
  failState,
  parallelState,
  mapState,
]);

export const definitionSchema = z.strictObject({
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONata'),
  Version: z.literal('1.0').optional(),
  StartAt: z.string(),
  TimeoutSeconds: z.number().int().positive().optional(),
  States: z.record(z.string().max(80), state),
});
export type Definition = z.infer<typeof definitionSchema>;
