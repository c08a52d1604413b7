import { readFileSync } from "node:fs";
import * as v from "valibot";
import { parse } from "yaml";

const Phase = v.strictObject({ commands: v.array(v.string()) });
const Buildspec = v.strictObject({
  version: v.literal(0.2),
  env: v.strictObject({ shell: v.literal("bash"), "exported-variables": v.array(v.string()) }),
  phases: v.strictObject({ pre_build: Phase, build: Phase, post_build: Phase }),
});

export type Buildspec = v.InferOutput<typeof Buildspec>;

export function readBuildspec(): Buildspec {
  return v.parse(Buildspec, parse(readFileSync(new URL("../../buildspec.yml", import.meta.url), "utf8")));
}
