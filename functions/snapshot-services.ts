import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { cloudwatchAlarms } from "@lockmaster/aws/cloudwatch/alarms.ts";
import { cloudwatchClient } from "@lockmaster/aws/cloudwatch/client.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { ecrKeptImages } from "@lockmaster/aws/ecr/kept-images.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { sfnClient } from "@lockmaster/aws/stepfunctions/client.ts";
import { snapshotServices } from "@lockmaster/core/rollout/snapshot-services.ts";
import { SnapshotServicesInput } from "@lockmaster/core/contract/steps.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string() }), process.env);
const portsFor = environmentPorts(dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE), (place) => ({
  ecs: ecsObservations(ecsClient(place)),
  alarms: cloudwatchAlarms(() => cloudwatchClient(place)),
}));

const keptImages = ecrKeptImages(ecrClient());
const tokens = taskTokens(sfnClient());

/** Records what runs now, once it stands still: where a rollback goes. */
export const handler = step(SnapshotServicesInput, async (input, { now }) =>
  snapshotServices({ ...(await portsFor(input.release)), keptImages, tokens }, input, now()),
);
