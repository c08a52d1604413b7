import type { Validated } from "../validation.fixture.ts";

const token = "0".repeat(32);

export const validatedSecretsManager: Validated = {
  errors: ["ValidationException", "InvalidParameterException", "InvalidRequestException"],
  setUp: [["CreateSecret", { Name: "shop", SecretString: "secret", ClientRequestToken: token }]],
  free: [],
  absent: [
    ...["DescribeSecret", "GetSecretValue", "PutSecretValue"].map(
      (operation) => [operation, { SecretId: "none" }, "ResourceNotFoundException"] as const,
    ),
    ["CreateSecret", { Name: "shop", SecretString: "other" }, "ResourceExistsException"],
    ["CreateSecret", { SecretString: "a", SecretBinary: "YQ==" }, "InvalidParameterException"],
    ["PutSecretValue", { SecretString: "other", ClientRequestToken: token }, "ResourceExistsException"],
    ["PutSecretValue", { SecretString: undefined }, "InvalidRequestException"],
    ["GetSecretValue", { VersionId: "1".repeat(32) }, "ResourceNotFoundException"],
    ["GetSecretValue", { VersionStage: "NONE" }, "ResourceNotFoundException"],
    ["ListSecrets", { NextToken: "none" }, "InvalidNextTokenException"],
  ],
  valid: {
    CreateSecret: { Name: "blog", ClientRequestToken: "1".repeat(32) },
    DescribeSecret: { SecretId: "shop" },
    GetSecretValue: { SecretId: "shop" },
    PutSecretValue: { SecretId: "shop", SecretString: "new", ClientRequestToken: "2".repeat(32) },
  },
};
