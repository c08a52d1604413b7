import { functions } from "@lockmaster/installation/topology/topology.ts";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.unstubAllEnvs());

test.each(Object.values(functions))("$file reads exactly the settings that the topology sets", async (described) => {
  const names = Object.keys(described.environment).toSorted();
  for (const name of names) vi.stubEnv(name, undefined);

  // Without its settings a function fails when it is loaded, with an error that names each of them.
  const file: string = new URL(`../${described.file}`, import.meta.url).href;
  const error = await import(file).catch(String);

  const missing = /missing or invalid: (.*)/.exec(String(error))?.[1];
  expect(missing?.split(", ").toSorted(), String(error)).toEqual(names);
});
