import githubAppJwt from "universal-github-app-jwt";
import type { GitHubClient } from "./client.ts";

/** What a token may do: the fewest permissions that answer the question. */
export type Permissions = { contents: "read" };

/** A GitHub App and its private key, in PEM as GitHub hands it out. */
export type App = { appId: string; privateKey: string };

/**
 * Mints a token for one repository, which lives for an hour. The App's own key signs no more than the two requests for it.
 *
 * @param repository `owner/name`
 * @throws RequestError of Octokit's: 404 when the App is not installed on the repository
 * @see https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
 */
export async function mintInstallationToken(
  client: GitHubClient,
  { appId, privateKey }: App,
  repository: string,
  permissions: Permissions,
): Promise<string> {
  const [owner = "", repo = ""] = repository.split("/");
  const headers = { authorization: `Bearer ${await appToken(appId, privateKey)}` };
  const installation = await client("GET /repos/{owner}/{repo}/installation", { owner, repo, headers });
  const minted = await client("POST /app/installations/{installation_id}/access_tokens", {
    installation_id: installation.data.id,
    repositories: [repo],
    permissions,
    headers,
  });
  return minted.data.token;
}

/** The library dates a token back by 30 s and lets it end 10 min later; GitHub recommends 60 s against clocks that differ. */
async function appToken(id: string, privateKey: string): Promise<string> {
  const { token } = await githubAppJwt({ id, privateKey, now: Math.floor(Date.now() / 1000) - 30 });
  return token;
}
