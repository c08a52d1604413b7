import { cloudwatchAlarms, cloudwatchClient } from "@lockmaster/aws/cloudwatch/alarms.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecrKeptImages } from "@lockmaster/aws/ecr/kept-images.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { sfnClient, taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { plannedPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { SnapshotServicesInput } from "@lockmaster/core/contract/steps.ts";
import { snapshotServices } from "@lockmaster/core/rollout/snapshot-services.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";

const settings = readSettings(["LEDGER_TABLE"]);
const portsFor = plannedPorts(dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE), (target) => ({
  ecs: ecsObservations(ecsClient(target)),
  alarms: cloudwatchAlarms(() => cloudwatchClient(target)),
}));
const keptImages = ecrKeptImages(ecrClient());
const tokens = taskTokens(sfnClient());

/** Records what the services run once no deployment is in progress: the target of a rollback. */
export const handler = step(SnapshotServicesInput, async (input, { now }) =>
  snapshotServices({ ...(await portsFor(input.release)), keptImages, tokens }, input, now()),
);
