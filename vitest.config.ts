import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,functions,infra,test,statemachine,scripts}/**/*.test.ts"],
    testTimeout: 30_000,
  },
});
