import type { EnvironmentVariable } from "@aws-sdk/client-codebuild";
import { notInLocalAws } from "../../protocol/errors.ts";
import type { Parsed } from "../../protocol/service.ts";

export type Variable = Parsed<EnvironmentVariable>;

/** @throws AwsError NotInLocalAws for variables that CodeBuild fetches from Parameter Store or Secrets Manager */
export function requirePlaintext(variables: readonly Variable[]): void {
  const other = variables.find(({ type = "PLAINTEXT" }) => type !== "PLAINTEXT");
  if (other !== undefined) throw notInLocalAws(`build environment variables of type ${other.type} (${other.name})`);
}

/** The variables of one build: the project's, then the build's, which override the project's by name. */
export function mergeVariables(ofProject: readonly Variable[], ofBuild: readonly Variable[]): Variable[] {
  const merged = new Map<string, Variable>();
  for (const { name, value, type = "PLAINTEXT" } of [...ofProject, ...ofBuild]) merged.set(name, { name, value, type });
  return [...merged.values()];
}
