import type { LocalService } from "../../protocol/service.ts";
import { secretOperations } from "./operations.ts";
import { Secrets, type SecretsWorld } from "./state.ts";

/** Secrets Manager: secrets and their versions, without rotation, replication or deletion. */
export function createSecretsManager(world: SecretsWorld): {
  service: LocalService;
  /** ARN of a secret that is there, by any of its names. */
  arnOf(id: string): string | undefined;
} {
  const secrets = new Secrets(world);
  return {
    arnOf: (id) => secrets.known(id)?.arn,
    service: {
      name: "secretsmanager",
      targetPrefix: "secretsmanager",
      jsonVersion: "1.1",
      operations: secretOperations(world, secrets),
    },
  };
}
