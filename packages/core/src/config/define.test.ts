import { expect, test } from "vitest";
import { defineConfig } from "./define.ts";

const image = { context: "web", paths: ["web/**"], repository: "shop/web" };

test("returns the configuration, and its type knows a repository's images", () => {
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
            // @ts-expect-error "wep" is not an image of this repository
            services: { web: { service: "web", containers: { web: "wep" } } },
          },
        },
      },
    },
  });
});
