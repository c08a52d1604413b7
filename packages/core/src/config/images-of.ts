import type { EnvironmentConfiguration } from "./schema.ts";

/** Images that an environment's containers run, each once, in alphabetical order. */
export function imagesOf({ services }: Pick<EnvironmentConfiguration, "services">): string[] {
  return [...new Set(Object.values(services).flatMap(({ containers }) => Object.values(containers)))].toSorted();
}
