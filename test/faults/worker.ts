import { casesOf } from "./cases.ts";
import type { Done, Job } from "./messages.ts";
import { referenceOf, runCase } from "./run-case.ts";
import { walkOf } from "./walks.ts";

async function perform(job: Job): Promise<Done> {
  if (job.kind === "record") {
    const { recording } = await referenceOf(walkOf(job.walk));
    return { kind: "recorded", walk: job.walk, cases: casesOf(walkOf(job.walk), recording) };
  }
  const { one } = job;
  const walk = walkOf(one.walk);
  return { kind: "ran", one, ...(await runCase(walk, await referenceOf(walk), one)) };
}

async function answer(job: Job): Promise<void> {
  let done: Done;
  try {
    done = await perform(job);
  } catch (error) {
    done = { kind: "failed", job, reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send?.(done);
}

process.on("message", (job: Job) => void answer(job));
