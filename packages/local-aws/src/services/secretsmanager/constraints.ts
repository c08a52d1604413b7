/** Secrets Manager's API model: https://docs.aws.amazon.com/secretsmanager/latest/apireference/ */
import * as sdk from "@aws-sdk/client-secrets-manager";
import type { Constraint, Constraints } from "../../protocol/constraints.ts";

const SecretId: Constraint = { length: [1, 2048] };
const value: Readonly<Record<string, Constraint>> = {
  SecretBinary: { length: [1, 65_536] },
  SecretString: { length: [1, 65_536] },
};

/** Names and tokens are checked where they are used: Secrets Manager has messages of its own for them. */
export const secretsManagerConstraints: Constraints = {
  CreateSecretRequest: { Name: { length: [1, 512] }, Description: { length: [0, 2048] }, ...value },
  PutSecretValueRequest: { SecretId, ...value },
  GetSecretValueRequest: { SecretId, VersionId: { length: [32, 64] }, VersionStage: { length: [1, 256] } },
  DescribeSecretRequest: { SecretId },
  ListSecretsRequest: {
    MaxResults: { range: [1, 100], integer: true },
    NextToken: { length: [1, 4096] },
    Filters: { length: [0, 10] },
    SortOrder: { oneOf: Object.values(sdk.SortOrderType) },
  },
  Filter: {
    Key: { oneOf: Object.values(sdk.FilterNameStringType) },
    Values: { length: [1, 10], each: { length: [0, 512], pattern: /!?[a-zA-Z0-9 :_@/+=.\-!]*/ } },
  },
};
