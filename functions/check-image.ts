import { environmentPorts } from "@lockmaster/aws/sts/environment-ports.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { ecrClient } from "@lockmaster/aws/ecr/client.ts";
import { ecrManifests } from "@lockmaster/aws/ecr/manifests.ts";
import { ecsClient } from "@lockmaster/aws/ecs/client.ts";
import { ecsObservations } from "@lockmaster/aws/ecs/observations.ts";
import { ecsTaskDefinitions } from "@lockmaster/aws/ecs/task-definitions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { checkImage } from "@lockmaster/core/gates/image.ts";
import { CheckImageInput } from "@lockmaster/core/contract/steps.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string() }), process.env);
const manifests = ecrManifests(ecrClient());
const portsFor = environmentPorts(dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE), (place) => {
  const ecs = ecsClient(place);
  return { ecs: ecsObservations(ecs), taskDefinitions: ecsTaskDefinitions(ecs) };
});

/** Judges one image by what the registry tells of it: its size, or a refusal that names everything that is wrong. */
export const handler = step(CheckImageInput, async (input) =>
  checkImage({ ...(await portsFor(input.release)), manifests }, input),
);
