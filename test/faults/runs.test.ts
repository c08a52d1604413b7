import { randomSequence } from "@lockmaster/local-aws";
import { expect, test } from "vitest";
import { type Case, casesOf } from "./cases.ts";
import type { Trouble } from "./rig.ts";
import { referenceOf, runCase } from "./run-case.ts";
import { walkOf, walks } from "./walks.ts";

/** CodeBuild's events are lost, and BatchGetBuilds fails for longer than releases wait. */
const blindToBuilds: Trouble = {
  events: [
    {
      source: "aws.codebuild",
      detailType: "CodeBuild Build State Change",
      detail: { "build-status": "SUCCEEDED" },
      happens: "lost",
    },
  ],
  faults: [
    { kind: "error500", service: "codebuild", operation: "BatchGetBuilds", strength: "outage", outageSeconds: 1500 },
  ],
};

/** Violations that walks found, fixed since; a sample may miss them. */
const found: readonly {
  /** What happened, by the law that it broke. */
  violations: Readonly<Record<string, string>>;
  walk: string;
  trouble: Trouble;
  /** What it takes to recover; Redrives if absent. */
  recoversBy?: Case["recoversBy"];
}[] = [
  {
    violations: {
      "an environment is entirely new or entirely as before":
        "a release redriven after a failed rollback took the mixture for its rollback target",
    },
    walk: "crash",
    trouble: {
      faults: [
        {
          kind: "error500",
          function: "rollback-service",
          service: "ecs",
          occurrence: 4,
          strength: "outage",
          outageSeconds: 2400,
        },
      ],
    },
  },
  {
    violations: {
      "the release recovers from the fault": "a check redriven after it had polled its build stayed failed",
      "events agree with the record": 'a check that passed when it was redriven had "failed" in its last event',
    },
    walk: "check",
    trouble: blindToBuilds,
  },
  {
    violations: { "nothing is built twice": "an abandoned build that had succeeded was built again" },
    walk: "success",
    trouble: blindToBuilds,
  },
  {
    violations: {
      "the release recovers from the fault": "a healthy release was rolled back because polls failed for some minutes",
    },
    walk: "success",
    trouble: {
      faults: [{ kind: "error500", function: "check-health", service: "ecs", strength: "outage" }],
    },
    recoversBy: "nothing",
  },
  {
    violations: {
      "no lock is held or dirty, and no release waits":
        "a late function took the lock after its release had ended and left the agenda",
    },
    walk: "docs-only",
    trouble: {
      faults: [{ kind: "late", function: "acquire-lock", service: "lambda", operation: "Invoke", occurrence: 2 }],
    },
    recoversBy: "nothing",
  },
];

test.each(found.map((one) => ({ ...one, what: Object.values(one.violations).join("; ") })))(
  "no more: $what",
  async ({ walk: name, violations, trouble, recoversBy = "redrive" }) => {
    const walk = walkOf(name);
    const one: Case = { walk: name, label: "found", trouble, recoversBy };
    const { broken, injected } = await runCase(walk, await referenceOf(walk), one);
    for (const law of Object.keys(violations)) expect(broken).not.toHaveProperty([law]);
    expect(injected).toBe(true);
  },
);

/** Another sample: `FAULTS_SEED=7 npm test -- test/faults`. All of them: `npm run test:faults`. */
const seed = Number(process.env["FAULTS_SEED"] ?? 1);
const runs = 3;

test.each(walks.filter(({ name }) => ["success", "crash", "push+push"].includes(name)))(
  `no law is broken by faults drawn by seed ${seed}: $name`,
  async (walk) => {
    const reference = await referenceOf(walk);
    const random = randomSequence(seed);
    const cases = casesOf(walk, reference.recording).map((one) => ({ one, rank: random() }));
    for (const { one } of cases.toSorted((a, b) => a.rank - b.rank).slice(0, runs)) {
      const { broken } = await runCase(walk, reference, one);
      expect(broken, one.label).toEqual({});
    }
  },
);
