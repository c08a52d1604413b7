import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { createLogs } from "../services/logs/logs.ts";
import { createSecretsManager } from "../services/secretsmanager/secretsmanager.ts";
import { virtualClock } from "../clock/virtual-clock.ts";
import { startWire } from "./wire.fixture.ts";

const cli = spawnSync("aws", ["--version"]);
const missing = cli.status !== 0;
if (missing) process.stderr.write("Skipping the tests with the AWS CLI: there is no `aws` on the PATH.\n");

/** Runs the CLI with fake credentials and without the machine's configuration, so that it can reach only this server. */
async function aws(endpoint: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  return await promisify(execFile)("aws", ["--endpoint-url", endpoint, "--output", "json", ...args], {
    env: {
      PATH: process.env["PATH"],
      AWS_ACCESS_KEY_ID: "AKIATEST",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_EC2_METADATA_DISABLED: "true",
    },
  });
}

async function setUp() {
  const clock = virtualClock();
  const world = { clock, region: "us-east-1", accountId: "111122223333", random: () => 0 };
  const logs = createLogs(world);
  const { service } = createSecretsManager(world);
  const { endpoint } = await startWire({ services: [logs.service, service] }, clock);
  return { endpoint, logs };
}

describe.skipIf(missing)("the AWS CLI", () => {
  test("reads log events of the local AWS", async () => {
    const { endpoint, logs } = await setUp();
    logs.append("/ecs/web", "web/1", ["exec format error"]);

    const { stdout } = await aws(endpoint, "logs", "filter-log-events", "--log-group-name", "/ecs/web");

    expect(JSON.parse(stdout)).toMatchObject({
      events: [{ logStreamName: "web/1", message: "exec format error", timestamp: Date.UTC(2026, 0, 5, 9) }],
    });
  });

  test("shows errors with AWS's names", async () => {
    const { endpoint } = await setUp();

    const call = aws(endpoint, "secretsmanager", "get-secret-value", "--secret-id", "other");

    await expect(call).rejects.toMatchObject({
      stderr: expect.stringContaining(
        "(ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find",
      ),
    });
  });

  test("shows NotInLocalAws for a missing service", async () => {
    const { endpoint } = await setUp();

    const call = aws(endpoint, "sts", "get-caller-identity");

    await expect(call).rejects.toMatchObject({ stderr: expect.stringContaining("(NotInLocalAws)") });
  });
});
