/** A SHA-256 in the three forms that S3 wants, and how a request carries it. */

export interface Hash {
  readonly raw: Uint8Array;
  readonly base64: string;
  readonly hex: string;
}

export function hashOf(raw: Uint8Array): Hash {
  const buffer = Buffer.from(raw);
  return { raw: buffer, base64: buffer.toString('base64'), hex: buffer.toString('hex') };
}

interface Stack {
  readonly middlewareStack: {
    add(
      middleware: (next: (args: Args) => Promise<unknown>) => (args: Args) => Promise<unknown>,
      options: { step: 'build'; name: string },
    ): void;
  };
}
interface Args {
  readonly request: unknown;
}

/** The signature covers the body by its hash: given here, the SDK does not hash the body again. */
export function presetHash<C>(command: C, hash: Hash): C {
  const { middlewareStack } = command as unknown as Stack;
  middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string> };
      request.headers['x-amz-content-sha256'] = hash.hex;
      return next(args);
    },
    { step: 'build', name: 'presetHash' },
  );
  return command;
}
