import { createHash } from "node:crypto";

/** The variables that buildspec.yml reads, after its checks. */
export type BuildVariables =
  | { ok: true; name: string; sha: string; source: string; platform: string; key: string; check: boolean }
  | { ok: false; problem: string };

/** The variables that buildspec.yml requires. */
export const requiredVariables = [
  "LOCKMASTER_REPOSITORY",
  "LOCKMASTER_IMAGE",
  "LOCKMASTER_SHA",
  "LOCKMASTER_REF",
  "LOCKMASTER_ATTEMPT",
  "LOCKMASTER_CONTEXT",
  "LOCKMASTER_DOCKERFILE",
  "LOCKMASTER_PLATFORM",
  "LOCKMASTER_REPOSITORY_URI",
  "LOCKMASTER_CACHE_REPOSITORY_URI",
  "LOCKMASTER_SOURCE_URL",
] as const;

const login = String.raw`[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)? [A-Za-z0-9/_+=.@:-]+`;
const ecr = String.raw`[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com`;

/** Variables that the project sets, if the configuration has `installation.builds` for the repository. */
const ofProject = {
  LOCKMASTER_SUBMODULES: /^(true)?$/,
  LOCKMASTER_LFS: /^(true)?$/,
  LOCKMASTER_LOGINS: new RegExp(`^(${login}(,${login})*)?$`),
  LOCKMASTER_BASE_REGISTRIES: new RegExp(`^(${ecr}(,${ecr})*)?$`),
};

/** Reads and checks the variables of a build. The repositories must be in the registry of the build's account and region. */
export function readBuildVariables(
  environment: Readonly<Record<string, string>>,
  { accountId, region }: { accountId: string; region: string },
): BuildVariables {
  const absent = requiredVariables.find((name) => (environment[name] ?? "") === "");
  if (absent !== undefined) return problem(`${absent}: parameter null or not set`);
  const value = (name: (typeof requiredVariables)[number]): string => environment[name] ?? "";
  const sha = value("LOCKMASTER_SHA");
  if (!/^[0-9a-f]{40}$/.test(sha)) return problem("LOCKMASTER_SHA is not a commit");
  const check = environment["LOCKMASTER_CHECK"] ?? "";
  if (!/^(true)?$/.test(check)) return problem("LOCKMASTER_CHECK is neither true nor empty");
  if (check !== "" && (environment["LOCKMASTER_TEST_TARGET"] ?? "") === "") {
    return problem("LOCKMASTER_TEST_TARGET: parameter null or not set");
  }
  const platform = value("LOCKMASTER_PLATFORM");
  if (!/^linux\/(amd64|arm64)$/.test(platform)) return problem("LOCKMASTER_PLATFORM is not one platform");
  const unreadable = Object.entries(ofProject).find(([name, pattern]) => !pattern.test(environment[name] ?? ""));
  if (unreadable !== undefined) return problem(`${unreadable[0]} is not what the project may set`);
  const registry = `${accountId}.dkr.ecr.${region}.amazonaws.com/`;
  for (const name of ["LOCKMASTER_REPOSITORY_URI", "LOCKMASTER_CACHE_REPOSITORY_URI"] as const) {
    if (!value(name).startsWith(registry)) return problem(`${name} is not in the registry ${registry}`);
  }
  return {
    ok: true,
    name: value("LOCKMASTER_REPOSITORY_URI").slice(registry.length),
    sha,
    source: value("LOCKMASTER_SOURCE_URL"),
    platform,
    key: buildKey(environment),
    check: check !== "",
  };
}

/** A hash of everything but the commit that decides what a build makes: builds of the same key and commit are equal. */
export function buildKey(environment: Readonly<Record<string, string>>): string {
  const parts = ["REPOSITORY", "IMAGE", "CONTEXT", "DOCKERFILE", "TARGET", "PLATFORM"];
  const lines = parts.map((part) => `${environment[`LOCKMASTER_${part}`] ?? ""}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex");
}

function problem(text: string): BuildVariables {
  return { ok: false, problem: text };
}
