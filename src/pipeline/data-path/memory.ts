/**
 * Gives back at once what a collection would free much later: memory then stays the same at any size of
 * the data. Only for bytes that nobody else holds; they are gone afterwards.
 */
export function release(bytes: Uint8Array): void {
  const { buffer } = bytes;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  if (isAlone) buffer.transfer(0);
}
