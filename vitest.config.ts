import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 30_000,
    // Vitest leaves one core to others by itself, and that is half of a small machine.
    maxWorkers: "100%",
    projects: [
      {
        extends: true,
        test: {
          name: "lockmaster",
          include: ["{packages,functions,infra,test,statemachine,scripts}/**/*.test.ts"],
          exclude: ["test/infra/**"],
        },
      },
      // Needs what `npm run prepare:sst` fetches, hence apart.
      { extends: true, test: { name: "infra", include: ["test/infra/**/*.test.ts"] } },
    ],
  },
});
