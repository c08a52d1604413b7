import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,functions,infra,test,statemachine,scripts}/**/*.test.ts"],
    testTimeout: 30_000,
    // Vitest leaves one core to others by itself, and that is half of a small machine.
    maxWorkers: "100%",
  },
});
