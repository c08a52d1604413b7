import { randomSequence } from "@lockmaster/local-aws";
import { expect, test } from "vitest";
import { casesOf } from "./cases.ts";
import { record, runCase } from "./run-case.ts";
import { walks } from "./walks.ts";

/** Another sample: `FAULTS_SEED=7 npm test -- test/faults`. All of them: `npm run test:faults`. */
const seed = Number(process.env["FAULTS_SEED"] ?? 1);
const runs = 3;

test.each(walks.filter(({ name }) => ["success", "crash", "push+push"].includes(name)))(
  `no law is broken by faults drawn by seed ${seed}: $name`,
  async (walk) => {
    const reference = await record(walk);
    const random = randomSequence(seed);
    const cases = casesOf(walk, reference.recording).map((one) => ({ one, rank: random() }));
    for (const { one } of cases.toSorted((a, b) => a.rank - b.rank).slice(0, runs)) {
      const { broken } = await runCase(walk, reference, one);
      expect(broken, one.label).toEqual({});
    }
  },
  120_000,
);
