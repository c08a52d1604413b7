import { secretsManagerClient, secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import type { GitHubSource } from "@lockmaster/github/access.ts";
import type { Settings } from "@lockmaster/lambda/settings.ts";

/** GitHub's API, with Lockmaster's credentials; they are read when a request first needs them. */
export function githubSource({
  GITHUB_API_URL,
  GITHUB_CREDENTIALS_ID,
}: Settings<"GITHUB_API_URL" | "GITHUB_CREDENTIALS_ID">): GitHubSource {
  const secrets = secretsManagerSecrets(secretsManagerClient());
  return { baseUrl: GITHUB_API_URL, secret: () => secrets.find(GITHUB_CREDENTIALS_ID) };
}
