// The fault walk: runs each story once for every fault at every call in it, and checks laws after each run.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { randomSequence } from "@lockmaster/local-aws";
import type { Case } from "./cases.ts";
import { openPool } from "./pool.ts";
import { reporter } from "./report.ts";
import { replayOf } from "./replay.ts";
import { walks } from "./walks.ts";

const usage = `Usage: npm run test:faults -- [options]
  --scenario <name>  only this walk: ${walks.map(({ name }) => name).join(", ")}
  --only <text>      only cases whose label contains it
  --sample <n>       only n cases, drawn by the seed
  --seed <n>         1 by default
  --workers <n>      ${availableParallelism()} by default: one a core
  --json             one JSON object a line
`;

const { values } = parseArgs({
  options: {
    scenario: { type: "string" },
    only: { type: "string" },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: String(availableParallelism()) },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  process.stdout.write(usage);
} else {
  process.exitCode = (await walkAll()) ? 0 : 1;
}

/** @returns whether every law held */
async function walkAll(): Promise<boolean> {
  const chosen = walks.filter(({ name }) => values.scenario === undefined || name === values.scenario);
  if (chosen.length === 0) throw new Error(`Unknown walk ${values.scenario}.\n${usage}`);
  const report = reporter(values.json);
  const pool = openPool(Number(values.workers));
  const interrupted = (): never => {
    pool.close();
    report.ends();
    process.exit(130);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupted);
  try {
    const cases: Case[] = [];
    await pool.perform(
      chosen.map(({ name }) => ({ kind: "record", walk: name })),
      (done) => {
        if (done.kind === "failed") report.failed(done);
        if (done.kind === "recorded") cases.push(...done.cases);
      },
    );
    const drawn = draw(inOrder(cases).filter(({ label }) => label.includes(values.only ?? "")));
    report.begins(drawn, cases.length);
    await pool.perform(
      drawn.map((one) => ({ kind: "run", one })),
      (done) => {
        if (done.kind === "failed") report.failed(done);
        if (done.kind === "ran") report.ran(done, Object.keys(done.broken).length > 0 ? replayOf(done.one) : undefined);
      },
    );
    return report.ends();
  } finally {
    pool.close();
  }
}

/** The same order, however the workers were scheduled. */
function inOrder(cases: readonly Case[]): Case[] {
  return walks.flatMap(({ name }) => cases.filter(({ walk }) => walk === name));
}

function draw(cases: readonly Case[]): readonly Case[] {
  if (values.sample === undefined) return cases;
  const random = randomSequence(Number(values.seed));
  const ranked = cases.map((one) => ({ one, rank: random() }));
  return ranked
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, Number(values.sample))
    .map(({ one }) => one);
}
