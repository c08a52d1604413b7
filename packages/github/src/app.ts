import githubAppJwt from "universal-github-app-jwt";
import * as v from "valibot";
import type { GitHubClient } from "./client.ts";

/** The permissions that a token gets: as few as the request needs. */
export type Permissions = { contents: "read"; members?: "read" };

/** A GitHub App and its private key, in PEM as GitHub hands it out. */
export type App = { appId: string; privateKey: string };

const Installation = v.object({ id: v.number() });
const InstallationToken = v.object({ token: v.string() });

/**
 * Mints a token for one repository, valid for an hour. The App's own key signs only the two requests for it.
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
): Promise<{ token: string; installation: number }> {
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
  return { token: minted.token, installation: installation.id };
}

/** The App's own token. The library backdates it by 30 s, with an end 10 min later; GitHub recommends 60 s against clock drift. */
export async function appToken(id: string, privateKey: string): Promise<string> {
  const { token } = await githubAppJwt({ id, privateKey, now: Math.floor(Date.now() / 1000) - 30 });
  return token;
}
