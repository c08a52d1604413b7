import type { LocalService } from "../../protocol/service.ts";
import { secretOperations } from "./operations.ts";
import { Secrets, type SecretsWorld } from "./state.ts";

/** Secrets Manager: secrets and their versions, without rotation, replication or deletion. */
export function createSecretsManager(world: SecretsWorld): { service: LocalService } {
  return {
    service: {
      name: "secretsmanager",
      targetPrefix: "secretsmanager",
      jsonVersion: "1.1",
      operations: secretOperations(world, new Secrets(world)),
    },
  };
}
