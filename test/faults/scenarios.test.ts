import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "@lockmaster/installation/repository.ts";
import { readStory } from "@lockmaster/rehearsal/story/story.ts";
import { expect, test } from "vitest";
import { gatherFacts, listen } from "./facts.ts";
import { resultOf } from "./laws.ts";
import { openRig } from "./rig.ts";

const folder = join(repositoryRoot, "packages/rehearsal/scenarios");
const shipped = (await readdir(folder)).filter((file) => file !== "story.json");

test.each(shipped)("%s ends as it expects, and every fault in it is injected", async (file) => {
  const story = await readStory(join(folder, file));
  const rig = await openRig({ name: file, story, environments: ["staging"] });
  try {
    const published = listen(rig);
    for (const part of story.story) {
      const played = await rig.play(part);
      await rig.clock.advance(15 * 60_000);
      const { releases } = await gatherFacts(rig, played, published);
      expect(releases.map(resultOf)).toEqual([part.operator?.expect ?? part.expect]);
    }
    expect(rig.rehearsal.aws.faults().filter(({ injected }) => !injected)).toEqual([]);
  } finally {
    await rig.close();
  }
});
