import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{packages,functions,infra,test,statemachine,scripts}/**/*.test.ts"],
    testTimeout: 30_000,
    // A worker keeps what it has loaded from file to file: the SDK's clients, the compiled functions.
    isolate: false,
  },
});
