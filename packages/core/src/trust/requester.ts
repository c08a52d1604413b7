import type { ReleaseRecord } from "../ledger/release-record.ts";
import type { Verification } from "../ledger/verification.ts";

type Requested = Pick<ReleaseRecord, "requestedBy" | "verification">;

/** Why nothing proves that the named requester asked for this commit; undefined when Lockmaster and GitHub do. */
export function whyUnverified(verification: Verification | undefined): string | undefined {
  if (verification === undefined) return "an older version of Lockmaster recorded it";
  if (verification.startedBy === "hand") return "started by hand";
  return verification.unconfirmed;
}

/** The requester of a release for people: `octocat`, or `octocat (unverified claim: started by hand)`. */
export function describeRequester({ requestedBy, verification }: Requested): string {
  const why = whyUnverified(verification);
  const name = nameOf(requestedBy);
  return why === undefined ? name : `${name} (unverified claim: ${why})`;
}

function nameOf(requestedBy: Requested["requestedBy"]): string {
  if (requestedBy.kind === "github") return requestedBy.login;
  return requestedBy.kind === "operator" ? requestedBy.name : "Lockmaster";
}
