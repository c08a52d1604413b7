import { createHash } from "node:crypto";

const hashLength = 8;

/**
 * A name of letters, digits and single hyphens for a service whose names are short, such as Elastic Load Balancing.
 *
 * @param readable what a person should recognise; cut off where the name would be too long
 * @param identity what the name depends on: a different identity gives a different name
 * @param longest characters that the service allows
 */
export function shortName(readable: string, identity: readonly string[], longest: number): string {
  const hash = createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, hashLength);
  const cut = readable
    .replaceAll(/[^0-9A-Za-z]+/g, "-")
    .slice(0, longest - hashLength - "-".length)
    .replaceAll(/^-|-$/g, "");
  return `${cut}-${hash}`;
}
