import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { failureOf, startWire } from "../../protocol/wire.fixture.ts";
import type { Caller } from "../../protocol/service.ts";
import { virtualClock } from "../../clock/virtual-clock.ts";
import { createSts } from "./sts.ts";

const RoleArn = "arn:aws:iam::444455556666:role/teams/shop/deployer";
const session = { RoleArn, RoleSessionName: "release-1" };

async function setUp(caller: Caller = { kind: "outside", accessKeyId: "AKIATEST" }) {
  const clock = virtualClock();
  const world = { clock, region: "us-east-1", accountId: "111122223333", random: () => 0.5 };
  const sts = createSts(world, new Set([RoleArn]));
  const callerOf = (accessKeyId: string) => sts.callerOf(accessKeyId) ?? caller;
  const { client } = await startWire({ services: [sts.service], callerOf }, clock);
  return { clock, client, sts: new STSClient(client) };
}

const aFunction: Caller = { kind: "function", functionName: "check-health", invocationId: "1" };

describe("GetCallerIdentity", () => {
  test.each([
    ["an operator", { kind: "outside", accessKeyId: "AKIATEST" } satisfies Caller, "arn:aws:iam::111122223333:root"],
    ["a function", aFunction, "arn:aws:sts::111122223333:assumed-role/check-health/check-health"],
  ])("names %s", async (_, caller, Arn) => {
    const { sts } = await setUp(caller);

    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "111122223333", Arn });
  });
});

describe("AssumeRole", () => {
  test("returns credentials of the role, until they expire", async () => {
    const { clock, client, sts } = await setUp(aFunction);

    const { Credentials, AssumedRoleUser } = await sts.send(
      new AssumeRoleCommand({ ...session, DurationSeconds: 900 }),
    );

    expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::444455556666:assumed-role/deployer/release-1");
    expect(Credentials?.Expiration).toEqual(new Date(clock.now() + 900_000));
    const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = Credentials ?? {};
    const assumed = new STSClient({ ...client, credentials: { accessKeyId, secretAccessKey } });
    const identity = await assumed.send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: "444455556666", Arn: AssumedRoleUser?.Arn });

    let expired = false;
    clock.after(900_000, () => (expired = true));
    await clock.runUntil(() => expired);
    expect(await failureOf(assumed.send(new GetCallerIdentityCommand({})))).toMatchObject({
      name: "ExpiredTokenException",
    });
  });

  const value = "1 validation error detected: Value";
  test.each([
    [
      "a role that the caller may not assume",
      { RoleArn: "arn:aws:iam::444455556666:role/other" },
      "AccessDenied",
      "User: arn:aws:sts::111122223333:assumed-role/check-health/check-health is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/other",
    ],
    ["an ARN that is not a role's", { RoleArn: "arn:aws:iam::444455556666:user/x" }, "ValidationError", "is invalid"],
    ["too short a session", { DurationSeconds: 899 }, "ValidationError", `${value} '899' at 'durationSeconds'`],
    ["too long a chained session", { DurationSeconds: 3601 }, "ValidationError", "1 hour session limit"],
    ["too long a session", { DurationSeconds: 43_201 }, "ValidationError", `${value} '43201' at 'durationSeconds'`],
    ["a name of one character", { RoleSessionName: "x" }, "ValidationError", "greater than or equal to 2"],
    ["too long a name", { RoleSessionName: "x".repeat(65) }, "ValidationError", "less than or equal to 64"],
    ["a name with a space", { RoleSessionName: "a b" }, "ValidationError", "regular expression pattern"],
    [
      "a member that is not implemented",
      { ExternalId: "secret" },
      "NotInLocalAws",
      "the member 'ExternalId' of sts:AssumeRole",
    ],
    ["a list in a form", { TransitiveTagKeys: ["a"] }, "NotInLocalAws", "the member 'TransitiveTagKeys'"],
  ])("refuses %s", async (_, input, name, message) => {
    const { sts } = await setUp(aFunction);

    const failure = await failureOf(sts.send(new AssumeRoleCommand({ ...session, ...input })));

    expect(failure).toMatchObject({ name, message: expect.stringContaining(message) });
  });
});
