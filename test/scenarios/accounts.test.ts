import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { ObservedCall } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { commits, onEveryService, openScenario, reasonOf, statesOf } from "./shop.fixture.ts";

const role = "arn:aws:iam::444455556666:role/lockmaster-environment";

const alarms = [{ name: "shop-errors", state: "OK" }] as const;

/** Puts staging into another account and region. */
function withStagingInOtherAccount(configuration: Configuration): Configuration {
  const shop = configuration.repositories["acme/shop"];
  const staging = shop?.environments["staging"];
  if (shop === undefined || staging === undefined) throw new Error("The demonstration shop has no staging");
  const account = { role, region: "eu-central-1" };
  const health = { ...staging.health, alarms: ["shop-errors"] };
  const environments = { ...shop.environments, staging: { ...staging, account, health } };
  return { ...configuration, repositories: { ...configuration.repositories, "acme/shop": { ...shop, environments } } };
}

/** The roles that signed the functions' calls to a service; undefined for a function's own role. */
function rolesOf(observed: readonly ObservedCall[], service: string): (string | undefined)[] {
  return observed
    .filter(({ call }) => call.service === service && call.caller.kind === "function")
    .map(({ call }) => call.caller.session?.roleArn);
}

describe("an environment in another account and region", () => {
  test("is changed only under its role, with images of Lockmaster's own registry", async () => {
    const observed: ObservedCall[] = [];
    const shop = await openScenario(
      { alarms: [...alarms] },
      { configure: withStagingInOtherAccount, observe: (call) => observed.push(call) },
    );

    const { release, execution } = await shop.release(commits.good);

    expect(execution.status).toBe("SUCCEEDED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.good));
    expect(new Set(rolesOf(observed, "ecs"))).toEqual(new Set([role]));
    expect(new Set(rolesOf(observed, "monitoring"))).toEqual(new Set([role]));
    expect(new Set(rolesOf(observed, "ecr"))).not.toContain(role);
    expect(new Set(rolesOf(observed, "dynamodb"))).toEqual(new Set([undefined]));
    const names = observed.flatMap(({ call }) => call.caller.session?.sessionName ?? []);
    expect(new Set(names)).toEqual(new Set([release.name.slice(-64)]));
  });

  test("is rolled back under its role, with the last log lines of the container", async () => {
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
      { configure: withStagingInOtherAccount, observe: (call) => observed.push(call) },
    );

    const { release, execution } = await shop.release(commits.bad);

    expect(execution.status).toBe("FAILED");
    expect(await shop.runningCommits()).toEqual(onEveryService(commits.first));
    expect(new Set([...rolesOf(observed, "ecs"), ...rolesOf(observed, "logs")])).toEqual(new Set([role]));
    const { evidence = [] } = await shop.record(release);
    expect(evidence.flatMap(({ logLines = [] }) => logLines)).toContain("DATABASE_URL is not set");
  });

  test("refuses the release before any change when its role cannot be assumed", async () => {
    const observed: ObservedCall[] = [];
    const shop = await openScenario(
      {},
      { configure: withStagingInOtherAccount, roles: [], observe: (call) => observed.push(call) },
    );

    const { execution } = await shop.release(commits.good);

    expect(execution.status).toBe("FAILED");
    expect(reasonOf(execution)).toMatch(
      /^RejectedError: AWS_REFUSED: the role arn:aws:iam::444455556666:role\/lockmaster-environment cannot be assumed: User: arn:aws:sts::111122223333:assumed-role\/lockmaster-plan-release\/lockmaster-plan-release is not authorized to perform: sts:AssumeRole on resource: .* trust policy/,
    );
    expect(statesOf(execution)).toHaveLength(1);
    expect(rolesOf(observed, "ecs")).toEqual([]);
  });
});
