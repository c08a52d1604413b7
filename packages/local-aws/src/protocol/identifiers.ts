/** A version 4 UUID from a seeded random generator, as AWS uses for requests, events and executions. */
export function uuidFrom(random: () => number): string {
  const hex = digitsFrom(random, "0123456789abcdef", 32);
  const variant = "89ab".charAt(Math.floor(random() * 4));
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join("-");
}

/** `length` random characters of `alphabet` from a seeded random generator. */
export function digitsFrom(random: () => number, alphabet: string, length: number): string {
  let digits = "";
  for (let count = 0; count < length; count += 1) digits += alphabet.charAt(Math.floor(random() * alphabet.length));
  return digits;
}
