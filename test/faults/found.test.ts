import { expect, test } from "vitest";
import type { Trouble } from "./rig.ts";
import { record, runCase } from "./run-case.ts";
import { walks } from "./walks.ts";

/** What walks have found, mended since: kept, because a sample may miss it. */
const found: readonly { what: string; walk: string; law: string; trouble: Trouble }[] = [
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
    trouble: {
      events: [
        {
          source: "aws.codebuild",
          detailType: "CodeBuild Build State Change",
          detail: { "build-status": "SUCCEEDED" },
          happens: "lost",
        },
      ],
      faults: [
        {
          kind: "error500",
          service: "codebuild",
          operation: "BatchGetBuilds",
          strength: "outage",
          outageSeconds: 1500,
        },
      ],
    },
  },
];

test.each(found)(
  "$what",
  async ({ walk: name, law, trouble }) => {
    const walk = walks.find((one) => one.name === name);
    if (walk === undefined) throw new Error(`There is no walk ${name}.`);
    const one = { walk: name, label: "found", trouble, mendedBy: "redrive" } as const;
    const { broken, struck } = await runCase(walk, await record(walk), one);
    expect(broken).not.toHaveProperty([law]);
    expect(struck).toBe(true);
  },
  60_000,
);
