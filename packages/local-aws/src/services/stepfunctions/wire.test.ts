import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { failureOf, startWire } from "../../protocol/wire.fixture.ts";
import { rig, tokenTask, type Rig } from "./machines.fixture.ts";

async function startClient({ clock, stepFunctions }: Rig): Promise<SFNClient> {
  const { client } = await startWire({ services: [stepFunctions.service] }, clock);
  return new SFNClient(client);
}

describe("Step Functions through the SDK", () => {
  it("returns the SDK's types, with times in milliseconds", async () => {
    const tokens: string[] = [];
    const world = rig({ keep: ({ token }: { token: string }) => void tokens.push(token) });
    const sfn = await startClient(world);
    const executionArn = await world.start({ Wait: tokenTask("keep", { Assign: { a: 1 } }) }, { input: { b: 2 } });
    await world.clock.advance(1234);
    await sfn.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: '"done"' }));
    const { stoppedAt } = await world.ended(executionArn);
    const description = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(description).toMatchObject({
      status: "SUCCEEDED",
      input: '{"b":2}',
      output: '"done"',
      stopDate: new Date(stoppedAt ?? 0),
      redriveStatus: "NOT_REDRIVABLE",
    });
    const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events).toEqual(world.stepFunctions.execution(executionArn).history);
  });

  it("returns errors with AWS's names", async () => {
    const world = rig();
    const sfn = await startClient(world);
    const executionArn = await world.start({ Rest: { Type: "Wait", Seconds: 60, End: true } });
    const stateMachineArn = "arn:aws:states:us-east-1:111122223333:stateMachine:machine-1";
    expect(await failureOf(sfn.send(new RedriveExecutionCommand({ executionArn })))).toMatchObject({
      name: "ExecutionNotRedrivable",
    });
    expect(
      await failureOf(sfn.send(new StartExecutionCommand({ stateMachineArn, name: "run", input: "[]" }))),
    ).toMatchObject({ name: "ExecutionAlreadyExists", message: `Execution Already Exists: '${executionArn}'` });
    expect(await failureOf(sfn.send(new ListExecutionsCommand({ mapRunArn: "arn" })))).toMatchObject({
      name: "NotInLocalAws",
    });
  });
});
