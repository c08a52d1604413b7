import {
  GetConnection$,
  type GetConnectionInput,
  type GetConnectionOutput,
} from "@aws-sdk/client-codestar-connections";
import type { Constraints } from "../../protocol/constraints.ts";
import { AwsError } from "../../protocol/errors.ts";
import { type LocalService, operation } from "../../protocol/service.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { World } from "../../world/world.ts";

/** https://docs.aws.amazon.com/codestar-connections/latest/APIReference/API_GetConnection.html */
const connectionsConstraints: Constraints = {
  GetConnectionInput: { ConnectionArn: { length: [0, 256], pattern: /arn:aws(-[\w]+)*:.+:.+:[0-9]{12}:.+/ } },
};

/**
 * CodeConnections, under its former name CodeStar Connections, which AWS still supports. At AWS an operator completes a
 * connection in the console; here the scenario defines it.
 *
 * @see https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html
 */
export function createConnections(
  world: Pick<World, "region" | "accountId">,
  { connections }: Pick<Scenario, "connections">,
): { service: LocalService } {
  const arnOf = (id: string) => `arn:aws:codeconnections:${world.region}:${world.accountId}:connection/${id}`;
  return {
    service: {
      name: "codestar-connections",
      api: {
        protocol: "json",
        targetPrefix: "CodeStar_connections_20191201",
        jsonVersion: "1.0",
        constraints: connectionsConstraints,
        operations: {
          GetConnection: operation<GetConnectionInput, GetConnectionOutput>(
            GetConnection$,
            ["ConnectionArn"],
            ({ ConnectionArn }) => {
              const found = connections.find(({ id }) => arnOf(id) === ConnectionArn);
              if (found === undefined) {
                throw new AwsError("ResourceNotFoundException", `Connection not found: ${ConnectionArn}`);
              }
              return {
                Connection: {
                  ConnectionName: found.name,
                  ConnectionArn,
                  ProviderType: "GitHub",
                  OwnerAccountId: world.accountId,
                  ConnectionStatus: found.status,
                },
              };
            },
          ),
        },
      },
      access: { prefix: "codestar-connections", operations: { GetConnection: { on: ["{ConnectionArn}"] } } },
    },
  };
}
