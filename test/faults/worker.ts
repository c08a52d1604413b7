import { casesOf } from "./cases.ts";
import type { Done, Job } from "./messages.ts";
import { record, type Reference, runCase } from "./run-case.ts";
import { walks } from "./walks.ts";

/** Recorded once in each worker: a recording costs less than what it would take to hand it over. */
const references = new Map<string, Promise<Reference>>();

function referenceOf(name: string): Promise<Reference> {
  const known = references.get(name) ?? record(walkOf(name));
  references.set(name, known);
  return known;
}

function walkOf(name: string) {
  const walk = walks.find((one) => one.name === name);
  if (walk === undefined) throw new Error(`There is no walk ${name}.`);
  return walk;
}

async function perform(job: Job): Promise<Done> {
  if (job.kind === "record") {
    const { recording } = await referenceOf(job.walk);
    return { kind: "recorded", walk: job.walk, cases: casesOf(walkOf(job.walk), recording) };
  }
  const { one } = job;
  return { kind: "ran", one, ...(await runCase(walkOf(one.walk), await referenceOf(one.walk), one)) };
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
