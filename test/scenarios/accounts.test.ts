import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { ObservedCall } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { commits, openScenario, reasonOf, statesOf } from "./shop.fixture.ts";

const role = "arn:aws:iam::444455556666:role/lockmaster-environment";

const alarms = [{ name: "shop-errors", state: "OK" }] as const;

/** Staging in an account and a region of its own. */
function elsewhere(configuration: Configuration): Configuration {
  const shop = configuration.repositories["acme/shop"];
  const staging = shop?.environments["staging"];
  if (shop === undefined || staging === undefined) throw new Error("The demonstration shop has no staging");
  const account = { role, region: "eu-central-1" };
  const health = { ...staging.health, alarms: ["shop-errors"] };
  const environments = { ...shop.environments, staging: { ...staging, account, health } };
  return { ...configuration, repositories: { ...configuration.repositories, "acme/shop": { ...shop, environments } } };
}

/** Calls of functions, by service, with the role that signed them. */
function callsOf(observed: readonly ObservedCall[], service: string): (string | undefined)[] {
  return observed
    .filter(({ call }) => call.service === service && call.caller.kind === "function")
    .map(({ call }) => call.caller.session?.roleArn);
}

describe("an environment in another account and region", () => {
  test("is released to under its role only, with images of Lockmaster's own registry", async () => {
    const observed: ObservedCall[] = [];
    const shop = await openScenario(
      { alarms: [...alarms] },
      { configure: elsewhere, observe: (call) => observed.push(call) },
    );

    const { release, execution } = await shop.release(commits.good);

    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toMatchObject({
      backend: [commits.good],
      frontend: [commits.good],
      worker: [commits.good],
    });
    expect(new Set(callsOf(observed, "ecs"))).toEqual(new Set([role]));
    expect(new Set(callsOf(observed, "monitoring"))).toEqual(new Set([role]));
    expect(new Set(callsOf(observed, "ecr"))).not.toContain(role);
    expect(new Set(callsOf(observed, "dynamodb"))).toEqual(new Set([undefined]));
    const names = observed.flatMap(({ call }) => call.caller.session?.sessionName ?? []);
    expect(new Set(names)).toEqual(new Set([release.name.slice(-64)]));
  });

  test("is brought back under its role, with the container's last words from its logs", async () => {
    const observed: ObservedCall[] = [];
    const shop = await openScenario(
      {
        alarms: [...alarms],
        tasks: [
          {
            service: "backend",
            commit: commits.bad,
            fate: { kind: "crash", afterSeconds: 2, exitCode: 1, log: ["DATABASE_URL is not set"] },
          },
        ],
      },
      { configure: elsewhere, observe: (call) => observed.push(call) },
    );

    const { release, execution } = await shop.release(commits.bad);

    expect(execution.status).toBe("FAILED");
    expect(await shop.runningCommits()).toMatchObject({
      backend: [commits.first],
      frontend: [commits.first],
      worker: [commits.first],
    });
    expect(new Set([...callsOf(observed, "ecs"), ...callsOf(observed, "logs")])).toEqual(new Set([role]));
    const { evidence = [] } = await shop.record(release);
    expect(evidence.flatMap(({ logLines = [] }) => logLines)).toContain("DATABASE_URL is not set");
  });

  test("whose role cannot be assumed refuses the release before anything changed", async () => {
    const observed: ObservedCall[] = [];
    const shop = await openScenario({}, { configure: elsewhere, roles: [], observe: (call) => observed.push(call) });

    const { execution } = await shop.release(commits.good);

    expect(execution.status).toBe("FAILED");
    expect(reasonOf(execution)).toMatch(
      /^RejectedError: AWS_REFUSED: the role arn:aws:iam::444455556666:role\/lockmaster-environment cannot be assumed: User: arn:aws:sts::111122223333:assumed-role\/lockmaster-plan-release\/lockmaster-plan-release is not authorized to perform: sts:AssumeRole on resource: .* trust policy/,
    );
    expect(statesOf(execution)).toHaveLength(1);
    expect(callsOf(observed, "ecs")).toEqual([]);
  });
});
