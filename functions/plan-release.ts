import { environmentPorts } from "@lockmaster/aws/clients-for-environment.ts";
import { dynamodbClient } from "@lockmaster/aws/dynamodb-client.ts";
import { ecsClient } from "@lockmaster/aws/ecs-client.ts";
import { ecsInspection } from "@lockmaster/aws/ecs-services.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger.ts";
import { beginRelease } from "@lockmaster/core/plan/begin-release.ts";
import { readReleaseInput } from "@lockmaster/core/plan/plan-release.ts";
import { PlanReleaseInput } from "@lockmaster/core/steps.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string() }), process.env);
const portsFor = environmentPorts(dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE), (place) => ({
  services: ecsInspection(ecsClient(place)),
}));

/** Checks what an execution asks for, and opens the release in the ledger. Nothing else has changed yet. */
export const handler = step(PlanReleaseInput, async ({ execution, input }) => {
  const asked = readReleaseInput(input);
  return await beginRelease(await portsFor({ ...asked, id: execution.name }), execution, asked);
});
