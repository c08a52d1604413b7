import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { ecsUpdates } from "@lockmaster/aws/ecs/updates.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { rollbackService } from "@lockmaster/core/rollout/rollback-service.ts";
import { RollbackServiceInput } from "@lockmaster/core/contract/steps.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string() }), process.env);
const portsFor = environmentPorts(dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE), (place) => {
  const ecs = ecsClient(place);
  return { ecs: { ...ecsObservations(ecs), ...ecsUpdates(ecs) }, taskDefinitions: ecsTaskDefinitions(ecs) };
});

/** Sends one service back to its snapshot, and says what to watch. */
export const handler = step(RollbackServiceInput, async (input, { log }) =>
  rollbackService(await portsFor(input.release), input, (decision) =>
    log.info("Way back decided", { service: input.service, decision }),
  ),
);
