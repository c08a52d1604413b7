import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { repositorySecret } from "@lockmaster/github/repository-secret.ts";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { Command } from "commander";
import { installationPrefix } from "../lib/installation-prefix.ts";
import { ledgerCommand } from "../lib/ledger-command.ts";
import { localSettingsFile } from "../lib/local-settings.ts";
import { UsageError } from "../lib/operator-errors.ts";

/** The command `webhook-secret`: the secret of one repository's webhook, and the end of its URL. */
export function webhookSecretCommand(settingsFile = localSettingsFile): Command {
  const command = new Command("webhook-secret")
    .summary("print the secret of one repository's webhook")
    .description(
      "print the secret of one repository's webhook at GitHub; its payload URL is the webhook's URL with /owner/name at the end",
    )
    .requiredOption("--repository <owner/name>", "the repository");
  return ledgerCommand(command, settingsFile, {
    run: async ({ clients, ledger, table }) => {
      const { repository } = command.opts<{ repository: string }>();
      if ((await ledger.configuration(repository)) === undefined)
        throw new UsageError(`--repository: no configuration of ${repository} is installed`);
      const client = new SecretsManagerClient(clients);
      try {
        const secret = await secretsManagerSecrets(client).read(namesOf(installationPrefix(table)).webhookSecret);
        return { repository, path: `/${repository}`, secret: repositorySecret(secret, repository) };
      } finally {
        client.destroy();
      }
    },
    describe: ({ secret }) => `${secret}\n`,
  });
}
