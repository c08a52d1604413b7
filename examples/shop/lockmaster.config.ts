import { defineConfig } from "@lockmaster/core/config/define.ts";

/** The demonstration, which `npm run local` deploys as long as there is no lockmaster.config.ts. Every field is in docs/configuration.md. */
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
          gates: { scan: { maximum: { critical: 0 } }, image: { maximumMegabytes: 500 } },
          health: { deadlineMinutes: 20 },
        },
        production: {
          on: { tag: "v*" },
          promoteFrom: "staging",
          cluster: "shop-production",
          services: {
            frontend: { service: "frontend", containers: { web: "frontend" } },
            backend: { service: "backend", containers: { api: "backend" } },
            worker: { service: "worker", containers: { worker: "backend" } },
          },
          gates: {
            scan: { maximum: { critical: 0, high: 10 } },
            image: { maximumMegabytes: 500, maximumGrowthPercent: 50 },
          },
          health: { deadlineMinutes: 30 },
          firstDeployment: "leave",
        },
      },
    },
  },
});
