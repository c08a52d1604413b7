import { mintInstallationToken, type Permissions } from "./app.ts";
import { githubClient, type GitHubClient } from "./client.ts";
import { readCredentials } from "./credentials.ts";

export type GitHubSource = {
  /** See `githubClient`. */
  baseUrl: string;
  /** The secret with the credentials (see `readCredentials`); undefined when there is none. */
  secret: () => Promise<string | undefined>;
};

/** A token for one repository. */
type RepositoryToken = {
  token: string;
  /** GitHub's id of the App's installation; absent for a personal token. */
  installation?: number;
};

/** For one invocation: all requests share one time limit. */
export type GitHubAccess = {
  client: GitHubClient;
  /**
   * A token is minted once for each repository.
   *
   * @returns undefined without credentials
   * @throws what `readCredentials` and `mintInstallationToken` throw
   */
  tokenFor: (repository: string, permissions?: Permissions) => Promise<RepositoryToken | undefined>;
};

export function githubAccess({ baseUrl, secret }: GitHubSource): GitHubAccess {
  const client = githubClient(baseUrl);
  const tokens = new Map<string, Promise<RepositoryToken | undefined>>();
  let read: Promise<string | undefined> | undefined;
  async function find(repository: string, permissions: Permissions): Promise<RepositoryToken | undefined> {
    const credentials = readCredentials(await (read ??= secret()));
    if (credentials === undefined || "token" in credentials) return credentials;
    return await mintInstallationToken(client, credentials, repository, permissions);
  }
  return {
    client,
    tokenFor(repository, permissions = { contents: "read" }) {
      const key = `${repository} ${Object.keys(permissions).join()}`;
      const token = tokens.get(key) ?? find(repository, permissions);
      tokens.set(key, token);
      return token;
    },
  };
}
