import {
  CreateSecret$,
  type CreateSecretRequest,
  type CreateSecretResponse,
  DescribeSecret$,
  type DescribeSecretRequest,
  type DescribeSecretResponse,
  GetSecretValue$,
  type GetSecretValueRequest,
  type GetSecretValueResponse,
  PutSecretValue$,
  type PutSecretValueRequest,
  type PutSecretValueResponse,
} from "@aws-sdk/client-secrets-manager";
import { type Operation, operation } from "../../protocol/service.ts";
import { invalidParameter, invalidRequest } from "./errors.ts";
import { listSecretsOperation } from "./list-secrets.ts";
import { type Secrets, type SecretsWorld, type SecretValue, stagesOf, versionOf, versionStages } from "./state.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** The operations of Secrets Manager. */
export function secretOperations(world: SecretsWorld, secrets: Secrets): Readonly<Record<string, Operation>> {
  return {
    CreateSecret: operation<CreateSecretRequest, CreateSecretResponse>(
      CreateSecret$,
      ["Name", "ClientRequestToken", "Description", "SecretString", "SecretBinary"],
      (input) => {
        if (!/^[\w/+=.@-]{1,512}$/.test(input.Name)) {
          throw invalidParameter(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
          );
        }
        const value = valueIn(input);
        const token = tokenIn(input);
        const secret = secrets.create(input.Name, token, value, input.Description);
        return { ARN: secret.arn, Name: secret.name, ...(value === undefined ? {} : { VersionId: token }) };
      },
    ),
    PutSecretValue: operation<PutSecretValueRequest, PutSecretValueResponse>(
      PutSecretValue$,
      ["SecretId", "ClientRequestToken", "SecretString", "SecretBinary"],
      (input) => {
        const value = valueIn(input);
        if (value === undefined) throw invalidRequest("You must provide either SecretString or SecretBinary.");
        const secret = secrets.find(input.SecretId);
        const { id } = secrets.put(secret, tokenIn(input), value);
        return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stagesOf(secret, id) };
      },
    ),
    GetSecretValue: operation<GetSecretValueRequest, GetSecretValueResponse>(
      GetSecretValue$,
      ["SecretId", "VersionId", "VersionStage"],
      (input) => {
        const secret = secrets.find(input.SecretId);
        const { id, createdAt, ...value } = versionOf(secret, input.VersionId, input.VersionStage);
        const now = world.clock.now();
        secret.accessedAt = now - (now % dayMs);
        return {
          ARN: secret.arn,
          Name: secret.name,
          VersionId: id,
          ...value,
          VersionStages: stagesOf(secret, id),
          CreatedDate: new Date(createdAt),
        };
      },
    ),
    DescribeSecret: operation<DescribeSecretRequest, DescribeSecretResponse>(DescribeSecret$, ["SecretId"], (input) =>
      describe(secrets, input.SecretId),
    ),
    ListSecrets: listSecretsOperation(secrets),
  };
}

function describe(secrets: Secrets, secretId: string): DescribeSecretResponse {
  const secret = secrets.find(secretId);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.changedAt),
    ...(secret.accessedAt === undefined ? {} : { LastAccessedDate: new Date(secret.accessedAt) }),
    VersionIdsToStages: versionStages(secret),
  };
}

type ValueInput = { SecretString?: string | undefined; SecretBinary?: Uint8Array | undefined };

function valueIn({ SecretString, SecretBinary }: ValueInput): SecretValue | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (SecretString !== undefined) return { SecretString };
  return SecretBinary === undefined ? undefined : { SecretBinary };
}

/** Required: the SDKs and the CLI generate a token when the caller passes none. */
function tokenIn({ ClientRequestToken }: { ClientRequestToken?: string | undefined }): string {
  if (ClientRequestToken === undefined) {
    throw invalidRequest("You must provide a ClientRequestToken value. We recommend a UUID-type value.");
  }
  if (ClientRequestToken.length < 32 || ClientRequestToken.length > 64) {
    throw invalidParameter("ClientRequestToken must be 32-64 characters long.");
  }
  return ClientRequestToken;
}
