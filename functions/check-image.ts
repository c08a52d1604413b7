import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecrManifests } from "@lockmaster/aws/ecr/manifests.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { dynamodbClient, dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { CheckImageInput } from "@lockmaster/core/contract/steps.ts";
import { checkImage } from "@lockmaster/core/gates/image.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";

const settings = readSettings(["LEDGER_TABLE"]);
const manifests = ecrManifests(ecrClient());
const portsFor = environmentPorts(dynamodbLedger(dynamodbClient(), settings.LEDGER_TABLE), (target) => {
  const ecs = ecsClient(target);
  return { ecs: ecsObservations(ecs), taskDefinitions: ecsTaskDefinitions(ecs) };
});

/** Judges one image by its manifest and configuration in the registry: its size, or an error that names every problem. */
export const handler = step(CheckImageInput, async (input) =>
  checkImage({ ...(await portsFor(input.release)), manifests }, input),
);
