import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { withTranslatedErrors } from "./errors.ts";

/** Secrets by reference: only their ARN or name is ever configured. */
export type Secrets = {
  /** The secret's text, in its current version. */
  read(secretId: string): Promise<string>;
};

/** Secrets of AWS Secrets Manager. */
export function secretsManagerSecrets(client: SecretsManagerClient): Secrets {
  return {
    async read(secretId) {
      const answer = await withTranslatedErrors(
        { action: "secretsmanager:GetSecretValue", resource: `secret ${secretId}` },
        () => client.send(new GetSecretValueCommand({ SecretId: secretId })),
      );
      if (answer.SecretString === undefined) throw new Error(`the secret ${secretId} holds bytes, where text belongs`);
      return answer.SecretString;
    },
  };
}
