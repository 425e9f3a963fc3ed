/** The part of asl-validator that is used; it ships no types. */
declare module 'asl-validator' {
  function aslValidator(definition: unknown): {
    readonly isValid: boolean;
    readonly errorsText: () => string;
  };
  export = aslValidator;
}
