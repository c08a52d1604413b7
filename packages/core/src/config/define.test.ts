import { expect, test } from "vitest";
import { defineConfig } from "./define.ts";

const image = { context: "web", paths: ["web/**"], repository: "shop/web" };

test("gives the configuration back, and knows a repository's images while it is written", () => {
  const written = {
    repositories: {
      "acme/shop": {
        images: { web: image },
        environments: {
          staging: {
            on: { branch: "main" },
            cluster: "shop",
            services: {
              web: { service: "web", containers: { web: "web" as const } },
            },
          },
        },
      },
    },
  };
  expect(defineConfig(written)).toBe(written);

  defineConfig({
    repositories: {
      "acme/shop": {
        images: { web: image },
        environments: {
          staging: {
            on: { branch: "main" },
            cluster: "shop",
            // @ts-expect-error "wep" is no image of this repository: the compiler holds this test
            services: { web: { service: "web", containers: { web: "wep" } } },
          },
        },
      },
    },
  });
});
