import type { DeploymentInput } from "../contract/release-input.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { RejectedError } from "../lib/errors.ts";
import type { Start } from "./find-start.ts";
import type { Sources } from "./ports.ts";

/**
 * Refuses a release whose requester the environment's `on.by` does not name. Only the sender of a signed delivery counts.
 *
 * @throws RejectedError REQUESTER_NOT_ALLOWED; RetryableError GITHUB_UNAVAILABLE when a team's members cannot be read now
 */
export async function checkRequester(
  sources: Pick<Sources, "isMember">,
  { repository, environment, ref, requestedBy }: DeploymentInput,
  { on: { by } }: EnvironmentConfiguration,
  start: Start,
): Promise<void> {
  if (by === undefined) return;
  if (start.by !== "webhook" || requestedBy.kind !== "github") {
    throw refused(`only a signed delivery of GitHub's names its sender, and this execution was started by hand`);
  }
  const { login } = requestedBy;
  if (by.some((name) => isSameLogin(name, login))) return;
  const teams = by.flatMap(teamOf);
  for (const team of teams) {
    if (await sources.isMember(repository, team, login)) return;
  }
  // GitHub answers alike for a team without this member, and for one that does not exist or that the credentials cannot see.
  const unseen = teams.length === 0 ? "" : ", as far as Lockmaster's credentials can see the team's members";
  throw refused(`${login} has pushed ${ref}, and is not among them${unseen}`);

  function refused(why: string): RejectedError {
    return new RejectedError(
      `${environment} of ${repository} is released only by ${by?.join(", ")} (on.by): ${why}. Let one of them push it again.`,
      { code: "REQUESTER_NOT_ALLOWED" },
    );
  }
}

/** Logins at GitHub do not differ by upper and lower case. */
const isSameLogin = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

function teamOf(requester: string): { organisation: string; team: string }[] {
  const [, organisation, team] = /^team:([^/]+)\/(.+)$/.exec(requester) ?? [];
  return organisation === undefined || team === undefined ? [] : [{ organisation, team }];
}
