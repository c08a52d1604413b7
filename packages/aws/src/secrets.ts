import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { isAwsError, withTranslatedErrors } from "./errors.ts";

/** Secrets by reference: only their ARN or name is ever configured. */
export type Secrets = {
  /** The secret's text, in its current version. */
  read(secretId: string): Promise<string>;
  /** The text that the current version replaced; undefined when there was none. */
  readPrevious(secretId: string): Promise<string | undefined>;
};

/** Secrets of AWS Secrets Manager. */
export function secretsManagerSecrets(client: SecretsManagerClient): Secrets {
  async function read(command: GetSecretValueCommand, secretId: string): Promise<string> {
    const { SecretString: text } = await client.send(command);
    if (text === undefined) throw new Error(`the secret ${secretId} holds bytes, where text belongs`);
    return text;
  }
  const callOf = (secretId: string) => ({
    action: "secretsmanager:GetSecretValue",
    resource: `secret ${secretId}`,
  });
  return {
    read: (secretId) =>
      withTranslatedErrors(callOf(secretId), () => read(new GetSecretValueCommand({ SecretId: secretId }), secretId)),
    readPrevious: (secretId) =>
      withTranslatedErrors(callOf(secretId), async () => {
        try {
          // Secrets Manager moves this label by itself to the version that a new one replaces.
          return await read(new GetSecretValueCommand({ SecretId: secretId, VersionStage: "AWSPREVIOUS" }), secretId);
        } catch (error) {
          if (isAwsError(error, "ResourceNotFoundException")) return undefined;
          throw error;
        }
      }),
  };
}
