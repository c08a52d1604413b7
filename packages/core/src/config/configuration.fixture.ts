import * as v from "valibot";
import { RepositoryConfiguration } from "./schema.ts";

type Input = v.InferInput<typeof RepositoryConfiguration>;

/** A repository's configuration as a test writes it, with every default filled in. */
export function configurationOf(input: Input): RepositoryConfiguration {
  return v.parse(RepositoryConfiguration, input);
}

/** One image in one service of one environment. */
export const oneService = {
  images: { backend: { context: ".", repository: "shop/backend", paths: ["**"] } },
  environments: {
    staging: {
      on: { branch: "main" },
      cluster: "shop",
      services: { api: { service: "backend", containers: { api: "backend" } } },
    },
  },
} satisfies Input;

/** Two images in three services of one environment. */
export const threeServices = {
  images: {
    frontend: { context: "frontend", repository: "shop/frontend", paths: ["frontend/**"] },
    backend: { context: "backend", repository: "shop/backend", paths: ["backend/**"] },
  },
  environments: {
    staging: {
      on: { branch: "main" },
      cluster: "shop-staging",
      services: {
        web: { service: "frontend", containers: { web: "frontend" } },
        api: { service: "backend", containers: { api: "backend" } },
        worker: { service: "worker", containers: { worker: "backend" } },
      },
    },
  },
} satisfies Input;
