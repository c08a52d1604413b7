/** IAM's quotas for the policies of a role: docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
import { AwsError } from "../protocol/errors.ts";
import type { Statement } from "./statement.ts";

/** Of all inline policies of a role together, and of one managed policy. */
const inlineCharacters = 10_240;
const managedCharacters = 6144;

/** The policies of a role. */
export type RolePolicies = {
  /** Those of its inline policy. */
  inline: readonly Statement[];
  /** Those of each managed policy that is attached to it. */
  managed?: readonly (readonly Statement[])[];
  /** The account's quota of managed policies for a role: 10, unless AWS has raised it. */
  managedQuota?: number;
};

const usualManagedQuota = 10;

/**
 * @param role ARN
 * @throws AwsError LimitExceeded, with the messages of PutRolePolicy, CreatePolicy and AttachRolePolicy
 */
export function refuseTooLarge(role: string, policies: RolePolicies): void {
  const { inline, managed = [], managedQuota = usualManagedQuota } = policies;
  const name = role.slice(role.lastIndexOf("/") + 1);
  if (sizeOf(inline) > inlineCharacters) {
    throw limitExceeded(`Maximum policy size of ${inlineCharacters} bytes exceeded for role ${name}`);
  }
  if (managed.some((statements) => sizeOf(statements) > managedCharacters)) {
    throw limitExceeded(`Cannot exceed quota for PolicySize: ${managedCharacters}`);
  }
  if (managed.length > managedQuota) throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${managedQuota}`);
  if (managed.some((statements) => statements.length === 0)) {
    throw new AwsError("MalformedPolicyDocument", "Syntax errors in policy.");
  }
}

/** IAM does not count white space. */
const sizeOf = (statements: readonly Statement[]): number =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements }).replaceAll(/\s/g, "").length;

const limitExceeded = (message: string) => new AwsError("LimitExceeded", message, 409);
