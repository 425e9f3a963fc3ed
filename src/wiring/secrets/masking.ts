/** Keeps resolved secrets out of what people and logs get to see. */

export interface Masking {
  /** Remembers a secret, and the password inside it where it is a URL. */
  add(secret: string): void;
  /** `text` with every known secret replaced by `[hidden]`. */
  mask(text: string): string;
}

/** Shorter ones would blot out ordinary words. */
const shortest = 4;

export function createMasking(): Masking {
  const known = new Set<string>();
  return {
    add: (secret) => {
      for (const part of partsOf(secret)) if (part.length >= shortest) known.add(part);
    },
    mask: (text) =>
      [...known]
        .sort((a, b) => b.length - a.length)
        .reduce((masked, secret) => masked.replaceAll(secret, '[hidden]'), text),
  };
}

/** As given, without the line end, in a URL's escapes, and the password of a URL in both forms. */
function partsOf(secret: string): string[] {
  const whole = secret.trim();
  const password = passwordOf(whole);
  const plain = password === undefined ? [] : [password, decode(password)];
  return [whole, encodeURIComponent(whole), ...plain].filter((part) => part !== '');
}

/** None where it is the user's name too, as on test servers: no message could name the user. */
function passwordOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { username, password } = new URL(text);
  return password === username ? undefined : password;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
