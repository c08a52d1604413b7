import { readFileSync } from "node:fs";
import { RepositoryBuilds } from "@lockmaster/core/config/builds.ts";
import * as v from "valibot";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { projectSettings } from "./project-settings.ts";

const buildspec = readFileSync(new URL("../../../../buildspec.yml", import.meta.url), "utf8");
const registry = "111122223333.dkr.ecr.eu-central-1.amazonaws.com";
const settings = (input: v.InferInput<typeof RepositoryBuilds>, kind: "build" | "check" = "build") =>
  projectSettings(kind, v.parse(RepositoryBuilds, input), buildspec);
const variables = (...parameters: Parameters<typeof settings>) =>
  Object.fromEntries(settings(...parameters).environmentVariables.map(({ name, value }) => [name, value]));

test("without settings a project is as it always was", () => {
  expect(settings({})).toEqual({ buildspec, environmentVariables: [] });
});

test("CodeBuild fetches submodules, and git gets the credentials of the source for Git LFS alone", () => {
  expect(settings({ submodules: true })).toEqual({
    buildspec,
    gitSubmodulesConfig: { fetchSubmodules: true },
    environmentVariables: [{ name: "LOCKMASTER_SUBMODULES", value: "true" }],
  });
  const lfs = settings({ lfs: true });
  expect(lfs.environmentVariables).toEqual([{ name: "LOCKMASTER_LFS", value: "true" }]);
  const Buildspec = v.looseObject({ env: v.looseObject({}) });
  const { env, ...others } = v.parse(Buildspec, parse(buildspec));
  expect(parse(lfs.buildspec)).toEqual({ ...others, env: { ...env, "git-credential-helper": "yes" } });
});

test("a project knows the names of its secrets; a check those alone that are given to checks", () => {
  const logins = [
    { registry: "docker.io", secret: "shop/docker-hub", checks: true },
    { registry: "ghcr.io", secret: "shop/ghcr" },
  ];
  expect(variables({ logins })).toEqual({ LOCKMASTER_LOGINS: "docker.io shop/docker-hub,ghcr.io shop/ghcr" });
  expect(variables({ logins }, "check")).toEqual({ LOCKMASTER_LOGINS: "docker.io shop/docker-hub" });
});

test("builds and checks log in to each registry of ECR once", () => {
  const bases = [`${registry}/platform/node`, `${registry}/platform/go`];
  const pullThroughCaches = [{ prefix: "444455556666.dkr.ecr.us-east-1.amazonaws.com/docker-hub" }];
  for (const kind of ["build", "check"] as const) {
    expect(variables({ bases, pullThroughCaches }, kind)).toEqual({
      LOCKMASTER_BASE_REGISTRIES: `${registry},444455556666.dkr.ecr.us-east-1.amazonaws.com`,
    });
  }
});
