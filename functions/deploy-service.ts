import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { ecsUpdates } from "@lockmaster/aws/ecs/updates.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { deployService } from "@lockmaster/core/rollout/deploy-service.ts";
import { DeployServiceInput } from "@lockmaster/core/contract/steps.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string() }), process.env);
const portsFor = environmentPorts(dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE), (place) => {
  const ecs = ecsClient(place);
  return { ecs: { ...ecsObservations(ecs), ...ecsUpdates(ecs) }, taskDefinitions: ecsTaskDefinitions(ecs) };
});

/** Sets one service to the release's digests, and says what to watch. */
export const handler = step(DeployServiceInput, async (input, { now }) =>
  deployService(await portsFor(input.release), input, now()),
);
