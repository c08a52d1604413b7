/**
 * Partition keys of the ledger that functions write, as patterns of the condition key `dynamodb:LeadingKeys`. No function writes
 * `configuration#…` or `waivers#…`: the deployment and operators do.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
import type { Statement } from "./policy.ts";

/** A part of the ledger; `packages/aws/src/ledger/ledger.ts` has the items of each. */
export type Partition =
  | "builds"
  | "environments"
  | "checks"
  | "starts"
  | "identities"
  | "agenda"
  | "build slots"
  | "reconcile";

/** `owner/name` has no `#`; the other keys with a slash have one before it, or after it in the same way as environments. */
const patterns: Readonly<Record<Partition, { like: readonly string[]; notLike?: readonly string[] }>> = {
  builds: { like: ["*/*"], notLike: ["*#*"] },
  environments: { like: ["*/*#*"] },
  checks: { like: ["*/*#checks"] },
  starts: { like: ["starts#*"] },
  identities: { like: ["identity#*", "repository-ids"] },
  agenda: { like: ["agenda"] },
  "build slots": { like: ["build-slots"] },
  reconcile: { like: ["reconcile"] },
};

/** The condition of a permission on a part of the ledger. */
export function partitionCondition(partition: Partition): NonNullable<Statement["Condition"]> {
  const { like, notLike } = patterns[partition];
  return {
    "ForAllValues:StringLike": { "dynamodb:LeadingKeys": like },
    ...(notLike !== undefined && { "ForAllValues:StringNotLike": { "dynamodb:LeadingKeys": notLike } }),
  };
}

/** For `docs/permissions.md`. */
export function partitionText(partition: Partition): string {
  const { like, notLike } = patterns[partition];
  const listed = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(" or ");
  const but = notLike === undefined ? "" : `, but not ${listed(notLike)}`;
  return `the item's \`dynamodb:LeadingKeys\` is ${listed(like)}${but}`;
}
