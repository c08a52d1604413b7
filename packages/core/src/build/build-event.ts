import * as v from "valibot";

/**
 * What Lockmaster reads of EventBridge's "CodeBuild Build State Change"; everything else it reads from CodeBuild itself.
 * `build-id` is an ARN: `arn:aws:codebuild:region:account:build/project:uuid`.
 */
export const BuildStateChange = v.object({
  "detail-type": v.literal("CodeBuild Build State Change"),
  detail: v.object({ "build-id": v.pipe(v.string(), v.includes(":build/")) }),
});

/** The build's id as CodeBuild's API has it: `project:uuid`. */
export function buildIdOf(event: v.InferOutput<typeof BuildStateChange>): string {
  const arn = event.detail["build-id"];
  return arn.slice(arn.indexOf(":build/") + ":build/".length);
}
