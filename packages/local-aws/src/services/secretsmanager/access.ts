import { type Access, type ServiceAccess, textOf } from "../../protocol/demand.ts";

/**
 * docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
 *
 * @param arnOf the ARN of an existing secret, by any of its names: policies match the whole ARN
 */
export function secretsManagerAccess(arnOf: (id: string) => string | undefined): ServiceAccess {
  const secret: Access = {
    on: (input, arn) => {
      const id = textOf(input, "SecretId") ?? "";
      return [arnOf(id) ?? (id.startsWith("arn:") ? id : arn(`secret:${id}`))];
    },
  };
  return {
    prefix: "secretsmanager",
    operations: {
      CreateSecret: { on: ["secret:{Name}"] },
      DescribeSecret: secret,
      GetSecretValue: secret,
      ListSecrets: { on: "*" },
      PutSecretValue: secret,
    },
  };
}
