import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commits, openShop, type Release, type Shop } from "../scenarios/shop.fixture.ts";
import { aws, cliInstalled, sideBySide } from "./aws-cli.fixture.ts";

if (!cliInstalled) console.warn("Skipped: the AWS CLI (`aws`) is not on PATH.");

/** A call, and what its answer contains: the CLI's message when the call fails. */
type Call = readonly [command: string, args: readonly string[], expected: unknown];

const one = (members: Record<string, unknown>): unknown => expect.objectContaining(members);
const fails = (message: RegExp): unknown => expect.stringMatching(message);

/**
 * One call in each way in which the CLI treats requests and answers: pages that it joins or cuts, its shorthand, JSON as an
 * argument, forms in place of JSON, and errors. `operator.test.ts` makes the other calls, and docs/break-glass.md many more;
 * each call starts Python, which takes a second of CPU time.
 */
const callsAfter = ({ executionArn }: Release): Call[] => [
  [
    "stepfunctions get-execution-history",
    ["--execution-arn", executionArn, "--reverse-order", "--page-size", "40"],
    {
      events: expect.arrayContaining([
        one({ type: "ExecutionSucceeded" }),
        one({ id: 41 }),
        one({ id: 1, type: "ExecutionStarted" }),
      ]),
    },
  ],
  ["codebuild list-builds", ["--max-items", "1"], { ids: [expect.any(String)], NextToken: expect.any(String) }],
  [
    "ecs describe-services",
    ["--cluster", "shop-staging", "--services", "backend", "gone"],
    { services: [{ serviceName: "backend" }], failures: [{ reason: "MISSING" }] },
  ],
  [
    "ecr batch-get-image",
    ["--repository-name", "shop/backend", "--image-ids", `imageTag=${commits.good}`, "imageTag=gone"],
    { images: [{ imageManifest: expect.stringContaining("layers") }], failures: [{ failureCode: "ImageNotFound" }] },
  ],
  [
    "logs filter-log-events",
    ["--log-group-name", "/aws/lambda/lockmaster-plan-release", "--filter-pattern", "Step"],
    { events: [{ message: expect.stringContaining("Step done") }] },
  ],
  [
    "secretsmanager get-secret-value",
    ["--secret-id", "lockmaster/github-webhook"],
    { SecretString: "scenario-secret" },
  ],
  [
    "events put-events",
    ["--entries", JSON.stringify([{ Source: "operator", DetailType: "Note", Detail: "{}" }])],
    { FailedEntryCount: 0, Entries: [{ EventId: expect.any(String) }] },
  ],
  ["sts get-caller-identity", [], { Account: "111122223333", Arn: "arn:aws:iam::111122223333:root" }],
  [
    "sts assume-role",
    ["--role-arn", "arn:aws:iam::444455556666:role/missing", "--role-session-name", "operator"],
    fails(/\(AccessDenied\).*is not authorized to perform: sts:AssumeRole on resource/s),
  ],
  ["ecs list-account-settings", [], fails(/NotInLocalAws.*the operation ecs:ListAccountSettings/s)],
];

describe.skipIf(!cliInstalled)("an operator with the AWS CLI", () => {
  let shop: Shop;
  let release: Release;
  beforeAll(async () => {
    shop = await openShop();
    ({ release } = await shop.release(commits.good));
  });
  afterAll(() => shop.close());

  test("gets the answers of AWS", async () => {
    const { endpoint } = shop.rehearsal.aws;
    const answers = await sideBySide(
      2,
      callsAfter(release).map(([command, args, expected]) => async () => {
        const answer = await aws(endpoint, command, args).catch((error: Error) => error.message);
        return { what: `aws ${command} ${args.join(" ")}`, answer, expected };
      }),
    );
    for (const { what, answer, expected } of answers)
      expect({ what, answer }).toMatchObject({ what, answer: expected });
  });
});
