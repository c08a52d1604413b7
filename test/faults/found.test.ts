import { expect, test } from "vitest";
import type { Case } from "./cases.ts";
import type { Trouble } from "./rig.ts";
import { record, runCase } from "./run-case.ts";
import { walks } from "./walks.ts";

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
  what: string;
  walk: string;
  law: string;
  trouble: Trouble;
  /** What it takes to recover; Redrives if absent. */
  recoversBy?: Case["recoversBy"];
}[] = [
  {
    what: "a release redriven after a failed rollback took the mixture for its rollback target",
    walk: "crash",
    law: "an environment is entirely new or entirely as before",
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
    what: "a check redriven after it had polled its build stayed failed",
    walk: "check",
    law: "the release recovers from the fault",
    trouble: blindToBuilds,
  },
  {
    what: 'a check that passed when it was redriven had "failed" in its last event',
    walk: "check",
    law: "events agree with the record",
    trouble: blindToBuilds,
  },
  {
    what: "an abandoned build that had succeeded was built again",
    walk: "success",
    law: "nothing is built twice",
    trouble: blindToBuilds,
  },
  {
    what: "a healthy release was rolled back because polls failed for some minutes",
    walk: "success",
    law: "the release recovers from the fault",
    trouble: {
      faults: [{ kind: "error500", function: "check-health", service: "ecs", strength: "outage" }],
    },
    recoversBy: "nothing",
  },
  {
    what: "a late function took the lock after its release had ended and left the agenda",
    walk: "docs-only",
    law: "no lock is held or dirty, and no release waits",
    trouble: {
      faults: [{ kind: "late", function: "acquire-lock", service: "lambda", operation: "Invoke", occurrence: 2 }],
    },
    recoversBy: "nothing",
  },
];

test.each(found)(
  "$what",
  async ({ walk: name, law, trouble, recoversBy = "redrive" }) => {
    const walk = walks.find((one) => one.name === name);
    if (walk === undefined) throw new Error(`There is no walk ${name}.`);
    const one: Case = { walk: name, label: "found", trouble, recoversBy };
    const { broken, injected } = await runCase(walk, await record(walk), one);
    expect(broken).not.toHaveProperty([law]);
    expect(injected).toBe(true);
  },
  60_000,
);
