import { defineConfig } from "vitest/config";

/** Whose tests change nothing of their process, or put it back: they may run in one after the other. */
const leavesNothing = [
  "packages/{core,local-aws,rehearsal,github}/**/*.test.ts",
  "test/{conformance,faults,rollout,scenarios}/**/*.test.ts",
  "statemachine/**/*.test.ts",
];
/** Those among them that watch or change what belongs to the process: its listeners, its errors. */
const leavesSomething = [
  "packages/local-aws/src/lambda/sandbox.test.ts",
  "packages/local-aws/src/protocol/aws-cli.test.ts",
];

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
          exclude: ["test/infra/**", ...leavesNothing],
        },
      },
      // These share workers: what one has loaded, the SDK above all, is warm for the next. A third of all the time.
      { extends: true, test: { name: "shared", include: leavesNothing, exclude: leavesSomething, isolate: false } },
      { extends: true, test: { name: "alone", include: leavesSomething } },
      // Needs what `npm run prepare:sst` fetches, hence apart.
      { extends: true, test: { name: "infra", include: ["test/infra/**/*.test.ts"] } },
    ],
  },
});
