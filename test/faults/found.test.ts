import { expect, test } from "vitest";
import type { Case } from "./cases.ts";
import type { Trouble } from "./rig.ts";
import { record, runCase } from "./run-case.ts";
import { walks } from "./walks.ts";

/** CodeBuild's events are lost, and it cannot be asked for longer than anybody waits. */
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

/** What walks have found, mended since: kept, because a sample may miss it. */
const found: readonly {
  what: string;
  walk: string;
  law: string;
  trouble: Trouble;
  /** What it may take until all is well; Redrives when absent. */
  mendedBy?: Case["mendedBy"];
}[] = [
  {
    what: "a release redriven after a way back that failed took the mixture for what was there before",
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
    what: "a check redriven when it had looked for its build before stayed settled as failed",
    walk: "check",
    law: "the fault is mended",
    trouble: blindToBuilds,
  },
  {
    what: "a check that passed when it was redriven was last told of as failed",
    walk: "check",
    law: "events agree with the record",
    trouble: blindToBuilds,
  },
  {
    what: "a build that was given up unseen, and had succeeded, was built again",
    walk: "success",
    law: "nothing is built twice",
    trouble: blindToBuilds,
  },
  {
    what: "a healthy release went back because nobody could look at it for some minutes",
    walk: "success",
    law: "the fault is mended",
    trouble: {
      faults: [{ kind: "error500", function: "check-health", service: "ecs", strength: "outage" }],
    },
    mendedBy: "nothing",
  },
  {
    what: "a lock was taken by a function that ran late, when its release was over and on no agenda any more",
    walk: "docs-only",
    law: "no lock is held, none is dirty, nobody waits",
    trouble: {
      faults: [{ kind: "late", function: "acquire-lock", service: "lambda", operation: "Invoke", occurrence: 2 }],
    },
    mendedBy: "nothing",
  },
];

test.each(found)(
  "$what",
  async ({ walk: name, law, trouble, mendedBy = "redrive" }) => {
    const walk = walks.find((one) => one.name === name);
    if (walk === undefined) throw new Error(`There is no walk ${name}.`);
    const one: Case = { walk: name, label: "found", trouble, mendedBy };
    const { broken, injected } = await runCase(walk, await record(walk), one);
    expect(broken).not.toHaveProperty([law]);
    expect(injected).toBe(true);
  },
  60_000,
);
