/** What a repository's settings of builds mean for its two CodeBuild projects; the same on AWS and in the local AWS. */
import { parseEcrReference, RepositoryBuilds } from "@lockmaster/core/config/builds.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import * as v from "valibot";
import type { BuildKind } from "./build-kind.ts";

/** The settings of a repository, with their defaults if the configuration has none. */
export function buildsOf({ installation }: Configuration, repository: string): RepositoryBuilds {
  return new Map(Object.entries(installation.builds.repositories)).get(repository) ?? v.parse(RepositoryBuilds, {});
}

/** The logins of a project: a check has those alone that the configuration gives to checks. */
export function loginsOf(kind: BuildKind, { logins }: RepositoryBuilds): RepositoryBuilds["logins"] {
  return logins.filter(({ checks }) => kind === "build" || checks);
}

export type ProjectSettings = {
  buildspec: string;
  /** For the source of the project: docs.aws.amazon.com/codebuild/latest/APIReference/API_GitSubmodulesConfig.html */
  gitSubmodulesConfig?: { fetchSubmodules: true };
  /** Variables of every build. No secrets: CodeBuild shows them to all who may read the project. */
  environmentVariables: { name: string; value: string }[];
};

/**
 * The parts of a project that follow from the settings.
 *
 * @param buildspec text of `buildspec.yml`
 */
export function projectSettings(kind: BuildKind, settings: RepositoryBuilds, buildspec: string): ProjectSettings {
  const { submodules, lfs, bases, pullThroughCaches } = settings;
  const registries = [...bases, ...pullThroughCaches.map(({ prefix }) => prefix)].flatMap(
    (text) => parseEcrReference(text)?.host ?? [],
  );
  const variables = {
    LOCKMASTER_SUBMODULES: submodules ? "true" : "",
    LOCKMASTER_LFS: lfs ? "true" : "",
    LOCKMASTER_LOGINS: loginsOf(kind, settings)
      .map(({ registry, secret }) => `${registry} ${secret}`)
      .join(),
    LOCKMASTER_BASE_REGISTRIES: [...new Set(registries)].join(),
  };
  return {
    buildspec: lfs ? withGitCredentials(buildspec) : buildspec,
    ...(submodules && { gitSubmodulesConfig: { fetchSubmodules: true } }),
    environmentVariables: Object.entries(variables)
      .filter(([, value]) => value !== "")
      .map(([name, value]) => ({ name, value })),
  };
}

/**
 * Lets git in a build use the credentials of the project's source. CodeBuild fetches no files of Git LFS, so that the commands do.
 * docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html#build-spec.env.git-credential-helper
 *
 * @throws Error when the buildspec has no `env` to which it can be added
 */
function withGitCredentials(buildspec: string): string {
  const beginning = "\nenv:\n";
  if (!buildspec.includes(beginning)) throw new Error("buildspec.yml has no section env for git-credential-helper");
  return buildspec.replace(beginning, `${beginning}  git-credential-helper: yes\n`);
}
