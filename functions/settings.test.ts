import { functions } from "@lockmaster/installation/topology/topology.ts";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.unstubAllEnvs());

test.each(Object.values(functions))("$file reads exactly the settings that the topology sets", async (described) => {
  const { file, environment } = described;
  for (const name of Object.keys(environment)) vi.stubEnv(name, undefined);

  // A function without its settings fails when it is loaded, and names every one of them.
  const failure = await import(`../${file}`).then(
    () => new Error("loaded without settings"),
    (error: unknown) => error,
  );

  const names = Object.keys(environment).toSorted();
  expect(
    String(failure)
      .match(/missing or invalid: (.*)/)?.[1]
      ?.split(", ")
      .toSorted(),
    String(failure),
  ).toEqual(names);
});
