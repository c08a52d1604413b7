/** What the operations of all services demand, by the service's name in the credential scope. */
import type { LocalService } from "../protocol/service.ts";
import { cloudWatchAccess } from "../services/cloudwatch/access.ts";
import { codeBuildAccess } from "../services/codebuild/access.ts";
import { dynamoDbAccess } from "../services/dynamodb/access.ts";
import { ecrAccess } from "../services/ecr/access.ts";
import { ecsAccess } from "../services/ecs/access.ts";
import { eventBridgeAccess } from "../services/eventbridge/access.ts";
import { logsAccess } from "../services/logs/access.ts";
import { secretsManagerAccess } from "../services/secretsmanager/access.ts";
import { stepFunctionsAccess } from "../services/stepfunctions/access.ts";
import { stsAccess } from "../services/sts/access.ts";
import type { ServiceAccess } from "../protocol/demand.ts";
import { operatorsAccess } from "./operators.ts";

/** @param secretArn of a secret that is there, by any of its names */
export function servicesAccess(secretArn: (id: string) => string | undefined): Readonly<Record<string, ServiceAccess>> {
  return {
    ...operatorsAccess,
    codebuild: codeBuildAccess,
    dynamodb: dynamoDbAccess,
    ecr: ecrAccess,
    ecs: ecsAccess,
    events: eventBridgeAccess,
    logs: logsAccess,
    monitoring: cloudWatchAccess,
    secretsmanager: secretsManagerAccess(secretArn),
    states: stepFunctionsAccess,
    sts: stsAccess,
  };
}

/** Operations of which it is not said what they demand: nobody with a policy may be let through to them unseen. */
export function unmapped(
  services: readonly LocalService[],
  access: Readonly<Record<string, ServiceAccess>>,
): readonly string[] {
  return services.flatMap(({ name, operations }) =>
    Object.keys(operations)
      .filter((operation) => access[name]?.operations[operation] === undefined)
      .map((operation) => `${name}:${operation}`),
  );
}
