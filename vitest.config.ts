import { defineConfig } from "vitest/config";

/** Tests that leave their process as they found it: several files can run in one process. */
const leavesNothing = [
  "packages/{core,local-aws,rehearsal,github}/**/*.test.ts",
  "test/{conformance,faults,rollout,scenarios}/**/*.test.ts",
  "statemachine/**/*.test.ts",
];
/** Exceptions: they observe or change what belongs to the process, such as its listeners. */
const leavesSomething = [
  "packages/local-aws/src/lambda/sandbox.test.ts",
  "packages/local-aws/src/protocol/aws-cli.test.ts",
];

export default defineConfig({
  test: {
    // No test may depend on the speed of the machine: only one that hangs takes as long.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // By default Vitest leaves one core free, which is half of a small machine.
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
      // They share workers: the modules that one file loads, above all the SDK, are warm for the next. Saves a third of the time.
      { extends: true, test: { name: "shared", include: leavesNothing, exclude: leavesSomething, isolate: false } },
      { extends: true, test: { name: "alone", include: leavesSomething } },
      // They need what `npm run prepare:sst` downloads.
      { extends: true, test: { name: "infra", include: ["test/infra/**/*.test.ts"] } },
    ],
  },
});
