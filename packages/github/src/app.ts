import githubAppJwt from "universal-github-app-jwt";
import * as v from "valibot";
import type { GitHubClient } from "./client.ts";

/** What a token may do: the fewest permissions that answer the question. */
export type Permissions = { contents: "read" };

/** A GitHub App and its private key, in PEM as GitHub hands it out. */
export type App = { appId: string; privateKey: string };

const Installation = v.object({ id: v.number() });
const InstallationToken = v.object({ token: v.string() });

/**
 * Mints a token for one repository, which lives for an hour. The App's own key signs no more than the two requests for it.
 *
 * @param repository `owner/name`
 * @throws GitHubRefusal 404 when the App is not installed on the repository
 * @see https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
 */
export async function mintInstallationToken(
  client: GitHubClient,
  { appId, privateKey }: App,
  repository: string,
  permissions: Permissions,
): Promise<string> {
  const token = await appToken(appId, privateKey);
  const installation = await client({ method: "GET", path: `/repos/${repository}/installation`, token }, Installation);
  const minted = await client(
    {
      method: "POST",
      path: `/app/installations/${installation.id}/access_tokens`,
      token,
      body: { repositories: [repository.slice(repository.indexOf("/") + 1)], permissions },
    },
    InstallationToken,
  );
  return minted.token;
}

/** A token with which the App itself asks. The library dates a token back by 30 s and lets it end 10 min later; GitHub recommends 60 s against clocks that differ. */
export async function appToken(id: string, privateKey: string): Promise<string> {
  const { token } = await githubAppJwt({ id, privateKey, now: Math.floor(Date.now() / 1000) - 30 });
  return token;
}
