import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { commits, openScenario } from "../scenarios/shop.fixture.ts";
import type { Shop } from "../scenarios/shop.fixture.ts";

const run = promisify(execFile);
const installed = spawnSync("aws", ["--version"]).status === 0;
if (!installed) console.warn("Skipped: the AWS CLI (`aws`) is not on PATH.");

/** Runs the AWS CLI against the local AWS only: endpoint and credentials are given, the machine's own files are not read. */
async function aws(shop: Shop, ...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run("aws", ["--endpoint-url", shop.rehearsal.aws.endpoint, "--output", "json", ...args], {
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_PAGER: "",
    },
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

test.skipIf(!installed)("an operator looks at a finished release with the AWS CLI", { timeout: 60_000 }, async () => {
  const shop = await openScenario();
  const { release } = await shop.release(commits.good);
  const { stateMachineArn, ledgerTable } = shop.rehearsal.installation;

  const list = await aws(shop, "stepfunctions", "list-executions", "--state-machine-arn", stateMachineArn);
  expect(list["executions"]).toEqual([
    expect.objectContaining({ executionArn: release.executionArn, name: release.name, status: "SUCCEEDED" }),
  ]);
  const history = await aws(
    shop,
    "stepfunctions",
    "get-execution-history",
    "--execution-arn",
    release.executionArn,
    "--reverse-order",
    "--max-items",
    "1",
  );
  expect(history["events"]).toEqual([expect.objectContaining({ type: "ExecutionSucceeded" })]);

  const services = await aws(
    shop,
    "ecs",
    "describe-services",
    "--cluster",
    "shop-staging",
    "--services",
    "backend",
    "gone",
  );
  expect(services).toMatchObject({
    services: [{ serviceName: "backend", deployments: [{ status: "PRIMARY", rolloutState: "COMPLETED" }] }],
    failures: [{ reason: "MISSING" }],
  });
  const deployments = await aws(
    shop,
    "ecs",
    "list-service-deployments",
    "--cluster",
    "shop-staging",
    "--service",
    "backend",
  ).catch((error: Error) => error.message);
  // The AWS CLI of Debian 12 does not know the operation.
  if (typeof deployments !== "string") {
    expect(deployments["serviceDeployments"]).toEqual([
      expect.objectContaining({ status: "SUCCESSFUL" }),
      expect.objectContaining({ status: "SUCCESSFUL" }),
    ]);
  } else expect(deployments).toContain("Invalid choice");

  const builds = await aws(shop, "codebuild", "list-builds");
  expect(builds["ids"]).toHaveLength(2);
  const images = await aws(shop, "ecr", "describe-images", "--repository-name", "shop/backend");
  expect(images["imageDetails"]).toHaveLength(2);
  const items = await aws(shop, "dynamodb", "scan", "--table-name", ledgerTable, "--select", "COUNT");
  expect(items["Count"]).toBeGreaterThanOrEqual(4);
});

test.skipIf(!installed)("what the local AWS lacks answers so, by name", { timeout: 60_000 }, async () => {
  const shop = await openScenario({}, { open: false });
  await expect(aws(shop, "ecs", "list-account-settings")).rejects.toThrow(
    /NotInLocalAws.*the operation ecs:ListAccountSettings/s,
  );
});
