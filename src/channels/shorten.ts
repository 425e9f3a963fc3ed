/** Cuts text to what a receiver takes, between characters. `length` measures it as the receiver does. */
export function shorten(
  text: string,
  limit: number,
  length: (text: string) => number = (each) => each.length,
): string {
  if (length(text) <= limit) return text;
  const characters = [...text];
  let [low, high] = [0, characters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (length(`${characters.slice(0, middle).join('')}…`) <= limit) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join('')}…`;
}

/** A subject, a summary: no line breaks. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
