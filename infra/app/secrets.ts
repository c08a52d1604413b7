import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";

/** What functions read by ARN. No value is ever in a function's environment. */
export type Secrets = Readonly<Record<"webhookSecret" | "githubCredentials", aws.secretsmanager.Secret>>;

/**
 * The webhook's secret, made up here, and a place for GitHub's credentials, which stays empty until somebody puts them in:
 * functions do without until then.
 */
export function secrets({ place }: { place: InstallationSite }): Secrets {
  const names = namesOf(place.prefix);
  // A name of our own cannot be taken again while Secrets Manager keeps the deleted secret.
  const recoveryWindowInDays = $app.removal === "remove" ? 0 : 30;
  const webhookSecret = new aws.secretsmanager.Secret("WebhookSecret", {
    name: names.webhookSecret,
    description: "What GitHub signs its webhook deliveries with",
    recoveryWindowInDays,
  });
  const value = new random.RandomPassword("WebhookSecretValue", { length: 48, special: false });
  new aws.secretsmanager.SecretVersion(
    "WebhookSecretVersion",
    {
      secretId: webhookSecret.id,
      secretString: value.result,
      // A version without a label can be deleted, as the second value after this one would leave it. It would be made anew then, by
      // the first deployment that sees it gone, and be the current one. The label of our own stays with it.
      // docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
      versionStages: ["AWSCURRENT", "made-by-deployment"],
    },
    // Later values are the user's: a new one must not be taken back by the next deployment.
    { ignoreChanges: ["secretString", "versionStages"] },
  );
  const githubCredentials = new aws.secretsmanager.Secret("GithubCredentials", {
    name: names.githubCredentials,
    description: 'GitHub\'s credentials: {"appId", "privateKey"} of an App, or {"token"}',
    recoveryWindowInDays,
  });
  return { webhookSecret, githubCredentials };
}
