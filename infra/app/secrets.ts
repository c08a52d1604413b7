import { namesOf, type InstallationSite } from "@lockmaster/installation/topology/names.ts";

/** Secrets that functions read by ARN. A function's environment never contains a value. */
export type Secrets = Readonly<Record<"webhookSecret" | "githubCredentials", aws.secretsmanager.Secret>>;

/**
 * The webhook's secret, generated here, and an empty secret for GitHub's credentials. Functions work without credentials until an
 * operator stores them.
 */
export function secrets({ site }: { site: InstallationSite }): Secrets {
  const names = namesOf(site.prefix);
  // A fixed name could not be used again while Secrets Manager keeps the deleted secret.
  const recoveryWindowInDays = $app.removal === "remove" ? 0 : 30;
  const webhookSecret = new aws.secretsmanager.Secret("WebhookSecret", {
    name: names.webhookSecret,
    description: "Secret with which GitHub signs webhook deliveries",
    recoveryWindowInDays,
  });
  const value = new random.RandomPassword("WebhookSecretValue", { length: 48, special: false });
  new aws.secretsmanager.SecretVersion(
    "WebhookSecretVersion",
    {
      secretId: webhookSecret.id,
      secretString: value.result,
      // Secrets Manager deletes versions without a staging label, and this one would lose its labels with the second later value. The
      // next deployment would then create it again as the current version. A label of our own keeps it.
      // docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
      versionStages: ["AWSCURRENT", "made-by-deployment"],
    },
    // Later values are the user's: a deployment must not replace them.
    { ignoreChanges: ["secretString", "versionStages"] },
  );
  const githubCredentials = new aws.secretsmanager.Secret("GithubCredentials", {
    name: names.githubCredentials,
    description: 'GitHub\'s credentials: {"appId", "privateKey"} of an App, or {"token"}',
    recoveryWindowInDays,
  });
  return { webhookSecret, githubCredentials };
}
