import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { incompleteAnswer, isAwsError, withTranslatedErrors } from "../lib/errors.ts";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits of one call; the default suits a step of the state machine */
export const secretsManagerClient = (limits?: CallLimits) => new SecretsManagerClient(clientOptions(limits));

/** Secrets by ARN or name: the configuration contains nothing else of a secret. */
export type Secrets = {
  /** The text of the secret's current version. */
  read(secretId: string): Promise<string>;
  /** The same for an optional secret; undefined when it does not exist or has no value. */
  find(secretId: string): Promise<string | undefined>;
  /** The text of the version before the current one; undefined when there is none. */
  readPrevious(secretId: string): Promise<string | undefined>;
};

/** Secrets of AWS Secrets Manager. */
export function secretsManagerSecrets(client: SecretsManagerClient): Secrets {
  async function read(command: GetSecretValueCommand, secretId: string): Promise<string> {
    const { SecretString: text, SecretBinary: bytes } = await client.send(command);
    if (text !== undefined) return text;
    if (bytes === undefined) throw incompleteAnswer(callOf(secretId), "its value");
    throw new Error(`the secret ${secretId} contains bytes; store it as text`);
  }
  const callOf = (secretId: string) => ({
    action: "secretsmanager:GetSecretValue",
    resource: `secret ${secretId}`,
  });
  async function find(command: GetSecretValueCommand, secretId: string): Promise<string | undefined> {
    try {
      return await read(command, secretId);
    } catch (error) {
      if (isAwsError(error, "ResourceNotFoundException")) return undefined;
      throw error;
    }
  }
  return {
    read: (secretId) =>
      withTranslatedErrors(callOf(secretId), () => read(new GetSecretValueCommand({ SecretId: secretId }), secretId)),
    find: (secretId) =>
      withTranslatedErrors(callOf(secretId), () => find(new GetSecretValueCommand({ SecretId: secretId }), secretId)),
    readPrevious: (secretId) =>
      withTranslatedErrors(callOf(secretId), () =>
        // Secrets Manager moves this label to the version that a new one replaces.
        find(new GetSecretValueCommand({ SecretId: secretId, VersionStage: "AWSPREVIOUS" }), secretId),
      ),
  };
}
