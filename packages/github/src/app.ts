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
 * @see https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app, which may redirect
 * @see https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
 */
export async function mintInstallationToken(
  client: GitHubClient,
  { appId, privateKey }: App,
  repository: string,
  permissions: Permissions,
): Promise<{ token: string; installation: number }> {
  const token = await appToken(appId, privateKey);
  let address = "";
  const installation = await client(
    { method: "GET", path: `/repos/${repository}/installation`, token, readAddress: (url) => (address = url) },
    Installation,
  );
  const minted = await client(
    {
      method: "POST",
      path: `/app/installations/${installation.id}/access_tokens`,
      token,
      body: { ...scopeOf(repository, address), permissions },
    },
    InstallationToken,
  );
  return { token: minted.token, installation: installation.id };
}

/**
 * What limits a token to the repository. GitHub redirects requests for the old name of a renamed repository to its id, and knows the
 * installation's repositories by their names of now.
 *
 * @param address that answered for the repository
 */
function scopeOf(repository: string, address: string): { repositories: string[] } | { repository_ids: number[] } {
  const [, id] = /\/repositories\/(\d+)\/installation$/.exec(address) ?? [];
  if (id !== undefined) return { repository_ids: [Number(id)] };
  return { repositories: [repository.slice(repository.indexOf("/") + 1)] };
}

/** The App's own token. The library backdates it by 30 s, with an end 10 min later; GitHub recommends 60 s against clock drift. */
export async function appToken(id: string, privateKey: string): Promise<string> {
  const { token } = await githubAppJwt({ id, privateKey, now: Math.floor(Date.now() / 1000) - 30 });
  return token;
}
