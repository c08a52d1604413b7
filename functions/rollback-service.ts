import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { ecsUpdates } from "@lockmaster/aws/ecs/updates.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { plannedPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { maxServiceMessageBytes, RollbackServiceInput } from "@lockmaster/core/contract/steps.ts";
import { rollbackService } from "@lockmaster/core/rollout/rollback-service.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";

const settings = readSettings(["LEDGER_TABLE"]);
const portsFor = plannedPorts(dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE), (target) => {
  const ecs = ecsClient(target);
  return { ecs: { ...ecsObservations(ecs), ...ecsUpdates(ecs) }, taskDefinitions: ecsTaskDefinitions(ecs) };
});

/** Rolls one service back to its snapshot, and answers with the rollout to watch. */
export const handler = step(
  RollbackServiceInput,
  async (input, { log }) =>
    rollbackService(await portsFor(input.release), input, (decision) =>
      log.info("Rollback decided", { service: input.service, decision }),
    ),
  { maxMessageBytes: maxServiceMessageBytes },
);
