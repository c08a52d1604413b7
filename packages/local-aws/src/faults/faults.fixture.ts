import { join } from "node:path";
import { DescribeClustersCommand, ECSClient } from "@aws-sdk/client-ecs";
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { onTestFinished } from "vitest";
import type { FaultInput } from "../scenario/fault-rules.ts";
import { startLocalAws } from "../start-local-aws.ts";
import { virtualClock } from "../clock/virtual-clock.ts";

const file = join(import.meta.dirname, "create-clusters.fixture.ts");
const root = join(import.meta.dirname, "../../../..");
const stateMachineArn = "arn:aws:states:us-east-1:111122223333:stateMachine:machine";

/** A local AWS with faults, a function `create-clusters`, and a state machine that invokes it. */
export async function faultyAws(faults: FaultInput[]) {
  const clock = virtualClock();
  const aws = await startLocalAws({ clock, scenario: { faults }, root });
  onTestFinished(() => aws.close());
  aws.lambda.register("rehearsal-create-clusters", { file, timeoutSeconds: 30, memoryMegabytes: 128, environment: {} });
  const ecs = new ECSClient(aws.clientConfig());
  const stepFunctions = new SFNClient(aws.clientConfig());

  async function invoke(clusters: string[] = ["one"]) {
    let done = false;
    const result = aws.lambda.invoke("rehearsal-create-clusters", { clusters }).finally(() => (done = true));
    await clock.runUntil(() => done);
    return await result;
  }

  async function createdClusters(): Promise<string[]> {
    const { clusters = [] } = await ecs.send(new DescribeClustersCommand({ clusters: ["one", "two", "three"] }));
    return clusters.flatMap(({ clusterName = [] }) => clusterName);
  }

  /** Starts the state machine. @param retry errors on which the state machine retries the invocation once */
  async function start(retry: string[] = []): Promise<string> {
    const invoking = {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Arguments: { FunctionName: "rehearsal-create-clusters", Payload: {} },
      Output: "{% $states.result.Payload %}",
      ...(retry.length > 0 && { Retry: [{ ErrorEquals: retry, MaxAttempts: 1 }] }),
      End: true,
    };
    const definition = JSON.stringify({ QueryLanguage: "JSONata", StartAt: "Create", States: { Create: invoking } });
    const roleArn = "arn:aws:iam::111122223333:role/machine";
    await stepFunctions.send(new CreateStateMachineCommand({ name: "machine", definition, roleArn }));
    const { executionArn = "" } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn }));
    return executionArn;
  }

  async function run(retry?: string[]) {
    const arn = await start(retry);
    await clock.runUntil(() => aws.stepFunctions.execution(arn).status !== "RUNNING");
    return aws.stepFunctions.execution(arn);
  }

  return { aws, clock, stepFunctions, invoke, createdClusters, start, run };
}
