import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { ecsUpdates } from "@lockmaster/aws/ecs/updates.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { plannedPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { DeployServiceInput, maxServiceMessageBytes } from "@lockmaster/core/contract/steps.ts";
import { deployService } from "@lockmaster/core/rollout/deploy-service.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";

const settings = readSettings(["LEDGER_TABLE"]);
const portsFor = plannedPorts(dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE), (target) => {
  const ecs = ecsClient(target);
  return { ecs: { ...ecsObservations(ecs), ...ecsUpdates(ecs) }, taskDefinitions: ecsTaskDefinitions(ecs) };
});

/** Updates one service to the release's digests, and answers with the rollout to watch. */
export const handler = step(
  DeployServiceInput,
  async (input, { now }) => deployService(await portsFor(input.release), input, now()),
  { maxMessageBytes: maxServiceMessageBytes },
);
