import type { Case } from "./cases.ts";
import { type Facts, gatherFacts, listen } from "./facts.ts";
import { brokenLaws, ownLaws } from "./laws.ts";
import { changeLaws, pairLaws } from "./pair-laws.ts";
import { Recorder, type Recording } from "./recording.ts";
import { openRig, type Played, type Rig, type Trouble } from "./rig.ts";
import type { Walk } from "./walks.ts";

/** Longer than any outage and any recovery after it. */
const graceMs = 15 * 60 * 1000;
/** Redrives after an outage: one for the release that failed, one for a rollback that failed. */
const redrives = 2;

/** A walk without faults. */
export type Reference = { before: Facts["environments"]; after: Facts["environments"]; recording: Recording };

export type CaseResult = {
  broken: Readonly<Record<string, string>>;
  /** Whether every fault was injected. */
  injected: boolean;
  cpuMs: number;
};

const references = new Map<Walk, Promise<Reference>>();

/** Records a walk once in each process: a recording is larger to send than to make. */
export function referenceOf(walk: Walk): Promise<Reference> {
  const known = references.get(walk) ?? record(walk);
  references.set(walk, known);
  return known;
}

/** Plays a walk without faults and records where they can be injected. @throws Error if its result is unexpected */
async function record(walk: Walk): Promise<Reference> {
  const before = await environmentsBefore(walk);
  const recorder = new Recorder();
  const rig = await openRig(walk, {}, { observe: recorder.observe });
  try {
    recorder.watch(rig.rehearsal);
    const published = listen(rig);
    const played = await playStory(rig, walk, { beforeLast: () => recorder.begin(walk.from) });
    await rig.clock.advance(graceMs);
    const recording = recorder.recording();
    const facts = await gatherFacts(rig, played, published);
    const reference = { before, after: facts.environments, recording };
    const broken = judge({ ...walk, second: undefined }, reference, facts, "nothing");
    if (Object.keys(broken).length > 0) {
      throw new Error(`The walk ${walk.name} breaks laws without faults: ${JSON.stringify(broken, undefined, 2)}`);
    }
    return reference;
  } finally {
    await rig.close();
  }
}

/** Reads the environments in another shop: reading here would draw from the random sequence and change what follows. */
async function environmentsBefore(walk: Walk): Promise<Facts["environments"]> {
  const rig = await openRig(walk);
  try {
    for (const part of walk.story.story.slice(0, -1)) await rig.play(part);
    return (await gatherFacts(rig, { started: [], unanswered: 0 }, () => [])).environments;
  } finally {
    await rig.close();
  }
}

/** Plays a walk with its faults, waits until recovery has ended, and checks the laws. */
export async function runCase(walk: Walk, reference: Reference, { trouble, recoversBy }: Case): Promise<CaseResult> {
  const cpuBefore = process.cpuUsage();
  const rig = await openRig(walk, trouble);
  try {
    const published = listen(rig);
    const played = await playStory(rig, walk, { second: trouble.second, change: trouble.change });
    await rig.clock.advance(graceMs);
    let facts = await gatherFacts(rig, played, published);
    let broken = judge(walk, reference, facts, recoversBy);
    const mostRedrives = recoversBy === "redrive" ? redrives : 0;
    for (let redrive = 0; redrive < mostRedrives; redrive += 1) {
      const failed = facts.releases.find(({ status }) => status === "FAILED");
      if (failed === undefined || Object.keys(broken).length === 0) break;
      await rig.redrive(failed);
      await rig.clock.advance(graceMs);
      facts = await gatherFacts(rig, played, published);
      broken = judge(walk, reference, facts, recoversBy);
    }
    const injected = rig.rehearsal.aws.faults().every((fault) => fault.injected);
    const { user, system } = process.cpuUsage(cpuBefore);
    return { broken, injected, cpuMs: (user + system) / 1000 };
  } finally {
    await rig.close();
  }
}

function judge(
  walk: Walk,
  { before, after }: Pick<Reference, "before" | "after">,
  facts: Facts,
  recoversBy: Case["recoversBy"],
) {
  const last = walk.story.story.at(-1);
  const result = walk.second?.expect ?? last?.operator?.expect ?? last?.expect ?? "succeeded";
  const own = walk.reconfigured ? changeLaws : walk.second === undefined ? ownLaws : pairLaws;
  return brokenLaws(facts, { result, before, after, recoversBy }, own);
}

type Manner = {
  /** Called when the walked part begins. */
  beforeLast?: () => void;
  second?: Trouble["second"];
  change?: Trouble["change"];
};

async function playStory(rig: Rig, { story, second }: Walk, manner: Manner = {}): Promise<Played> {
  for (const part of story.story.slice(0, -1)) await rig.play(part);
  const last = story.story.at(-1);
  if (last === undefined) throw new Error("A walk needs a part.");
  manner.beforeLast?.();
  if (manner.change !== undefined) {
    const { change } = manner;
    const played = await rig.begin(last.on);
    await rig.reach(change, played);
    await rig.reconfigure(change.what, change.how);
    await rig.end(played);
    return played;
  }
  if (second === undefined || manner.second === undefined) return await rig.play(last);
  const first = await rig.begin(last.on);
  await rig.reach(manner.second, first);
  if (second.stopsFirst) await rig.stop(first);
  const next = await rig.begin(second.on);
  const both = { started: [...first.started, ...next.started], unanswered: first.unanswered + next.unanswered };
  await rig.end(both);
  return both;
}
