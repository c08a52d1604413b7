import type { LocalService } from "../../protocol/service.ts";
import { secretsManagerAccess } from "./access.ts";
import { secretsManagerConstraints } from "./constraints.ts";
import { secretOperations } from "./operations.ts";
import { Secrets, type SecretsWorld } from "./state.ts";

/** Secrets Manager: secrets and their versions, without rotation, replication or deletion. */
export function createSecretsManager(world: SecretsWorld): {
  service: LocalService;
  /** ARN of an existing secret, by its name, its ARN, or its ARN without the random suffix. */
  arnOf(id: string): string | undefined;
} {
  const secrets = new Secrets(world);
  return {
    arnOf: (id) => secrets.known(id)?.arn,
    service: {
      name: "secretsmanager",
      api: {
        protocol: "json",
        targetPrefix: "secretsmanager",
        jsonVersion: "1.1",
        constraints: secretsManagerConstraints,
        operations: secretOperations(world, secrets),
      },
      access: secretsManagerAccess((id) => secrets.known(id)?.arn),
    },
  };
}
