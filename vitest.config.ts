import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** They need what `npm run prepare:sst` downloads. */
const installation = ["test/infra/**/*.test.ts"];
/** They observe or change what belongs to the process, such as its listeners, or evaluate a module anew. */
const leavesSomething = [
  "functions/**/*.test.ts",
  "packages/local-aws/src/lambda/sandbox.test.ts",
  "packages/local-aws/src/protocol/aws-cli.test.ts",
];

/** They take longest. A run that begins with them has nothing long left when only one worker still has work. */
const longest = ["permissions/permissions", "faults/runs", "e2e/break-glass", "e2e/local", "scenarios/recovery"];

/** Vitest's own order, that of the last run's durations, after the longest files: a clone has no last run. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      longest.some((name) => moduleId.endsWith(`/test/${name}.test.ts`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

// Tests ask for colours themselves; a terminal or a CI that forces them must not change what they see.
delete process.env["FORCE_COLOR"];

export default defineConfig({
  test: {
    // No test may depend on the speed of the machine: only one that hangs takes as long.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // By default Vitest leaves one core free, which is half of a small machine.
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "alone", include: leavesSomething } },
      // They share workers: the modules that one file loads, above all the SDK, are warm for the next. Such a file leaves its
      // process as it found it.
      {
        extends: true,
        test: {
          name: "shared",
          include: ["{packages,infra,test,statemachine,scripts}/**/*.test.ts"],
          exclude: [...installation, ...leavesSomething],
          isolate: false,
        },
      },
      { extends: true, test: { name: "infra", include: installation } },
    ],
  },
});
