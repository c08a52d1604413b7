import { codebuildBuilds } from "@lockmaster/aws/codebuild/builds.ts";
import { codebuildClient } from "@lockmaster/aws/codebuild/client.ts";
import { dynamodbClient } from "@lockmaster/aws/ledger/client.ts";
import { taskTokens } from "@lockmaster/aws/stepfunctions/executions.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import { sfnClient } from "@lockmaster/aws/stepfunctions/client.ts";
import { finishBuild } from "@lockmaster/core/build/finish-build.ts";
import { BuildStateChange, buildIdOf } from "@lockmaster/core/build/build-event.ts";
import { loadEnvironment } from "@lockmaster/lambda/environment.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";

const environment = loadEnvironment(v.object({ LEDGER_TABLE: v.string() }), process.env);
const ports = {
  ledger: dynamodbLedger(dynamodbClient(), environment.LEDGER_TABLE),
  builds: codebuildBuilds(codebuildClient()),
  tokens: taskTokens(sfnClient()),
};

/** On CodeBuild's event that a build ended: writes down what came of it and wakes everybody who waits for it. */
export const handler = step(BuildStateChange, (event) => finishBuild(ports, buildIdOf(event)));
