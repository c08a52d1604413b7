import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import * as v from "valibot";

const run = promisify(execFile);

/** Whether the machine has the AWS CLI. */
export const cliInstalled = spawnSync("aws", ["--version"]).status === 0;

/** Credentials are made up, and the CLI reads no configuration file of the machine: it can reach nothing else. */
export const cliEnvironment = {
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
};

/** The CLI gives up after 60 seconds by default, which a busy machine can exceed. */
const longTimeouts = ["--cli-connect-timeout", "300", "--cli-read-timeout", "300"];

/** Options for a call to one endpoint. */
export const optionsFor = (endpoint: string) => ["--endpoint-url", endpoint, "--output", "json", ...longTimeouts];

const Output = v.union([
  v.pipe(
    v.literal(""),
    v.transform(() => ({})),
  ),
  v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown())),
]);

/**
 * Runs the AWS CLI against one endpoint.
 *
 * @param command service and operation, as in `ecs list-tasks`
 * @throws Error with the CLI's own message, which names the error
 */
export async function aws(
  endpoint: string,
  command: string,
  args: readonly string[],
): Promise<Record<string, unknown>> {
  const { stdout } = await run("aws", [...optionsFor(endpoint), ...command.split(" "), ...args], {
    env: cliEnvironment,
    maxBuffer: 16 * 1024 * 1024,
  });
  return v.parse(Output, stdout);
}

/** Runs all tasks, at most `width` at a time. */
export async function sideBySide<T>(width: number, tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  const left = tasks.entries();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, task] of left) results[index] = await task();
    }),
  );
  return results;
}
