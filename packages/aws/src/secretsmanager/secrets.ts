import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { isAwsError, withTranslatedErrors } from "../lib/errors.ts";
import { clientOptions, type CallLimits } from "../lib/client-options.ts";

/** @param limits of one call; the default suits a step of the state machine */
export const secretsManagerClient = (limits?: CallLimits) => new SecretsManagerClient(clientOptions(limits));

/** Secrets by reference: only their ARN or name is ever configured. */
export type Secrets = {
  /** The secret's text, in its current version. */
  read(secretId: string): Promise<string>;
  /** The same, for a secret that need not be there; undefined when it is absent or was given no value. */
  find(secretId: string): Promise<string | undefined>;
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
        // Secrets Manager moves this label by itself to the version that a new one replaces.
        find(new GetSecretValueCommand({ SecretId: secretId, VersionStage: "AWSPREVIOUS" }), secretId),
      ),
  };
}
