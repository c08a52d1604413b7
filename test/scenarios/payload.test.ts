import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { AwsError } from "@lockmaster/local-aws";
import { expect, test } from "vitest";
import { commits, onEveryService, openScenario, reasonOf, statesOf } from "./shop.fixture.ts";

const repository = "acme/shop";

/** Step Functions: size of a state's input or output. */
const limitBytes = 262_144;

/** The demonstration with as many services in staging as an environment may have. */
function withFiftyServices(configuration: Configuration): Configuration {
  const shop = configuration.repositories[repository];
  const staging = shop?.environments["staging"];
  if (shop === undefined || staging === undefined) throw new Error("no shop");
  const names = Array.from({ length: 47 }, (_, index) => `part-${index + 1}`);
  const services = names.map((name) => [name, { service: name, containers: { app: "backend" } }]);
  return {
    ...configuration,
    repositories: {
      [repository]: {
        ...shop,
        environments: { staging: { ...staging, services: { ...staging.services, ...Object.fromEntries(services) } } },
      },
    },
  };
}

test.each([
  ["backslashes", "\\"],
  ["four-byte characters", "\u{1f680}"],
])("errors of 3,000 characters for each of 50 services fit into a state's output: %s", async (_, character) => {
  const shop = await openScenario(
    {},
    {
      configure: withFiftyServices,
      around: ({ operation, caller }, run) => {
        if (operation !== "UpdateService" || caller.kind !== "function") return run();
        throw new AwsError("InvalidParameterException", character.repeat(3_000));
      },
    },
  );
  const { release, execution } = await shop.release(commits.good);
  expect(reasonOf(execution)).toContain("AWS_REFUSED: ecs:UpdateService on service frontend of cluster shop-staging");
  expect(statesOf(execution)).toContain("Finish failed release");
  expect(await shop.record(release)).toMatchObject({ status: "rolled-back" });
  expect(await shop.runningCommits()).toEqual({ ...onEveryService(commits.first), ...(await partsOf(shop)) });
  const sizes = execution.history.map(({ stateExitedEventDetails }) =>
    Buffer.byteLength(stateExitedEventDetails?.output ?? ""),
  );
  expect(Math.max(...sizes)).toBeLessThan(limitBytes / 2);
});

/** The other services, which run what they ran before. */
async function partsOf(shop: Awaited<ReturnType<typeof openScenario>>) {
  const running = await shop.runningCommits();
  return Object.fromEntries(Object.entries(running).filter(([service]) => service.startsWith("part-")));
}
