import type { EnvironmentConfiguration } from "./schema.ts";

/** Every image that a container of an environment runs, each once, in alphabetical order. */
export function imagesOf({ services }: Pick<EnvironmentConfiguration, "services">): string[] {
  return [...new Set(Object.values(services).flatMap(({ containers }) => Object.values(containers)))].toSorted();
}
