import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import type { Tags } from "@lockmaster/core/recover/ports.ts";
import * as v from "valibot";
import { mintInstallationToken } from "./app.ts";
import { githubClient } from "./client.ts";
import type { GitHubSource } from "./access.ts";
import { readCredentials } from "./credentials.ts";
import { nextPage } from "./pages.ts";
import { describeGitHubFailure } from "./refusals.ts";

const Page = v.array(v.object({ name: v.string(), commit: v.object({ sha: v.string() }) }));

/** Of 100 tags. GitHub does not document their order, so that of a repository with more tags some are not seen. */
const maxPages = 10;

/**
 * The tags of repositories; undefined without credentials.
 *
 * @see https://docs.github.com/en/rest/repos/repos#list-repository-tags
 */
export async function githubTags({ baseUrl, secret }: GitHubSource): Promise<Tags | undefined> {
  const credentials = readCredentials(await secret());
  if (credentials === undefined) return undefined;
  return {
    async list(repository) {
      const client = githubClient(baseUrl);
      try {
        const token =
          "token" in credentials
            ? credentials.token
            : (await mintInstallationToken(client, credentials, repository, { contents: "read" })).token;
        const tags: { name: string; sha: string }[] = [];
        for (let page: string | undefined = "1", read = 0; page !== undefined && read < maxPages; read += 1) {
          let link = "";
          const found: v.InferOutput<typeof Page> = await client(
            {
              method: "GET",
              path: `/repos/${repository}/tags?per_page=100&page=${page}`,
              token,
              readHeaders: (headers) => (link = headers.get("link") ?? ""),
            },
            Page,
          );
          tags.push(...found.map(({ name, commit: { sha } }) => ({ name, sha })));
          page = nextPage(link, "page");
        }
        return tags;
      } catch (error) {
        throw new RetryableError(
          `GitHub did not list the tags of ${repository}: ${describeGitHubFailure(error)}; a later run of reconcile tries again`,
          { code: "GITHUB_UNAVAILABLE", cause: error },
        );
      }
    },
  };
}
