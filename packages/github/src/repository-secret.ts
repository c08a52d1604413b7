import { createHmac } from "node:crypto";
import { RepositoryName } from "@lockmaster/core/config/grammar.ts";
import * as v from "valibot";

/** The secret that GitHub signs with. While an operator rotates it, the previous one is accepted too. */
export type WebhookSecret = {
  current(): Promise<string>;
  /** Undefined when there was none. Read only when the current one did not sign a request. */
  previous(): Promise<string | undefined>;
};

/**
 * The secret of one repository's webhook. It is derived from the installation's secret, so that the administrators of a repository
 * know no other one's, and no further secret must be stored. Its webhook has the repository in its URL: `…/owner/name`.
 *
 * @param secret of the installation
 * @param repository `owner/name`
 * @returns 64 hexadecimal digits
 */
export function repositorySecret(secret: string, repository: string): string {
  return createHmac("sha256", secret).update(`lockmaster webhook of ${repository.toLowerCase()}`).digest("hex");
}

/** The repository that a webhook's URL names; undefined for the URL of an App, or of a webhook with the installation's secret. */
export function repositoryIn(path: string): string | undefined {
  const name = path.replace(/^\/|\/$/g, "");
  return v.is(RepositoryName, name) ? name : undefined;
}

/** GitHub's names do not differ by upper and lower case. */
export const isSameRepository = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** The secret for deliveries to the URL of one repository, or of the installation. */
export function secretFor(installation: string, repository: string | undefined): string {
  // With an empty secret, an attacker could derive one too.
  return repository === undefined || installation === "" ? installation : repositorySecret(installation, repository);
}
