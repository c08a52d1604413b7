import { defineConfig } from "@lockmaster/core/config/define.ts";

/** A demonstration shop: what `npm run local` deploys. Every field is in docs/configuration.md. */
export default defineConfig({
  repositories: {
    "acme/shop": {
      images: {
        frontend: { context: "frontend", paths: ["frontend/**"], repository: "shop/frontend", testTarget: "test" },
        backend: { context: "backend", paths: ["backend/**"], repository: "shop/backend", testTarget: "test" },
      },
      environments: {
        staging: {
          on: { branch: "main" },
          cluster: "shop-staging",
          services: {
            frontend: { service: "frontend", containers: { web: "frontend" } },
            backend: { service: "backend", containers: { api: "backend" } },
            worker: { service: "worker", containers: { worker: "backend" } },
          },
          health: { deadlineMinutes: 20 },
        },
        production: {
          on: { branch: "production" },
          cluster: "shop-production",
          services: {
            frontend: { service: "frontend", containers: { web: "frontend" } },
            backend: { service: "backend", containers: { api: "backend" } },
            worker: { service: "worker", containers: { worker: "backend" } },
          },
          health: { deadlineMinutes: 30 },
          firstDeployment: "leave",
        },
      },
    },
  },
});
