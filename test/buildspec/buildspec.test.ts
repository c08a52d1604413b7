import { failedOutput } from "@lockmaster/core/build/build-log.ts";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { buildKey, requiredVariables } from "@lockmaster/rehearsal/builds/build-variables.ts";
import { buildKeyAnnotation } from "@lockmaster/rehearsal/builds/recipe.ts";
import { readBuildspec } from "./buildspec.ts";
import { type BuildRun, type ShellModel, runBuildspec } from "./run-buildspec.ts";
import { digest, hostile, registry, sha, variables } from "./variables.fixture.ts";

const spec = readBuildspec();
const models: ShellModel[] = ["a shell a command", "a shell a phase"];

const build = (
  changes: Record<string, string> = {},
  model: ShellModel = "a shell a command",
  sources?: Readonly<Record<string, string>>,
  links?: Readonly<Record<string, string>>,
): BuildRun => runBuildspec(spec, { ...variables, ...changes }, model, sources, links);

/** Calls of a program, without the build checks, which change nothing. */
const calls = ({ calls }: BuildRun, ...beginning: string[]): string[][] =>
  calls.filter((call) => beginning.every((word, at) => call[at] === word) && !call.includes("--check"));

/** The values that an option is given, in order. */
const values = (call: readonly string[] | undefined, option: string): string[] =>
  (call ?? []).flatMap((word, at) => (call?.[at - 1] === option ? [word] : []));

/** A command, and the script that it hands to a shell of its own. */
const scripts = (command: string): string[] => [command, /<< 'SCRIPT'\n([^]*)\nSCRIPT\n/.exec(command)?.[1] ?? "true"];

describe.each(models)("buildspec.yml with %s", (model) => {
  it("tests, then builds and pushes under the commit only, and exports digest and size", () => {
    const run = build({}, model);
    expect(run.errors.replaceAll(/^\[Lockmaster\] .*\n/gm, "")).toBe("");
    expect(run.succeeded).toBe(true);
    expect(run.exported).toEqual({
      LOCKMASTER_DIGEST: digest,
      LOCKMASTER_SIZE_BYTES: "48123456",
      LOCKMASTER_OUTCOME: "built",
    });
    const [test, runtime, ...others] = calls(run, "docker", "buildx", "build");
    expect(others).toEqual([]);
    expect(values(test, "--target")).toEqual(["test"]);
    expect(values(test, "--output")).toEqual(["type=cacheonly"]);
    expect(values(runtime, "--target")).toEqual(["runtime"]);
    expect(values(runtime, "--output")).toEqual([
      `type=image,name=${registry}/shop/backend:${sha},push=true,oci-mediatypes=true,source-date-epoch=1767603600`,
    ]);
    expect(run.calls.flat().join(" ")).not.toContain("latest");
  });

  it("logs in to the registry of the repository before it builds", () => {
    const run = build({}, model);
    const programs = run.calls.map((call) => call.slice(0, 3).join(" "));
    expect(calls(run, "docker", "login")).toEqual([
      ["docker", "login", "--username", "AWS", "--password-stdin", registry],
    ]);
    expect(programs.indexOf("docker login --username")).toBeLessThan(programs.indexOf("docker buildx build"));
    expect(calls(run, "aws").every((call) => values(call, "--region")[0] === "eu-central-1")).toBe(true);
  });

  it("adopts the image that an earlier attempt pushed", () => {
    const existing = `sha256:${"cd".repeat(32)}`;
    const [, runtime] = calls(build({}, model), "docker", "buildx", "build");
    const FAKE_EXISTING_KEY = buildKey(variables);
    expect(values(runtime, "--annotation")).toContain(`${buildKeyAnnotation}=${FAKE_EXISTING_KEY}`);
    const run = build({ FAKE_EXISTING_DIGEST: existing, FAKE_EXISTING_KEY, LOCKMASTER_ATTEMPT: "2" }, model);
    expect(run.succeeded).toBe(true);
    expect(run.exported).toEqual({
      LOCKMASTER_DIGEST: existing,
      LOCKMASTER_SIZE_BYTES: "48123456",
      LOCKMASTER_OUTCOME: "adopted",
    });
    expect(calls(run, "docker")).toEqual([]);
  });

  it("neither adopts nor overwrites an image that is not its own", () => {
    const run = build({ FAKE_EXISTING_DIGEST: digest, FAKE_EXISTING_KEY: "0".repeat(64) }, model);
    expect(run.succeeded).toBe(false);
    const { exitStatus, lines } = failedOutput(run.errors.split("\n"));
    expect(exitStatus).toBe(1);
    expect(lines.at(-1)).toContain(`The tag ${sha} is taken`);
    expect(calls(run, "docker")).toEqual([]);
  });

  it("stops before the push when the test stage fails", () => {
    const run = build({ FAKE_FAILING_TARGET: "test" }, model);
    expect(run.succeeded).toBe(false);
    expect(calls(run, "docker", "buildx", "build")).toHaveLength(1);
    expect(run.exported["LOCKMASTER_DIGEST"]).toBeUndefined();
  });

  it("exports nothing when the runtime stage fails", () => {
    const run = build({ FAKE_FAILING_TARGET: "runtime" }, model);
    expect(run.succeeded).toBe(false);
    expect(run.exported).toEqual({});
  });

  it("fails when the registry does not answer, instead of building an image that can exist", () => {
    const run = build({ FAKE_AWS_ERROR: "RepositoryNotFoundException" }, model);
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain("RepositoryNotFoundException");
    expect(calls(run, "docker")).toEqual([]);
  });
});

describe.each(models)("a check with %s", (model) => {
  const check = (changes: Record<string, string> = {}) => build({ LOCKMASTER_CHECK: "true", ...changes }, model);

  it("runs the test stage and nothing else, and exports no image", () => {
    const run = check();
    expect(run.errors.replaceAll(/^\[Lockmaster\] .*\n/gm, "")).toBe("");
    expect(run.succeeded).toBe(true);
    expect(run.exported).toEqual({ LOCKMASTER_OUTCOME: "tested" });
    const [test, ...others] = calls(run, "docker", "buildx", "build");
    expect(others).toEqual([]);
    expect(values(test, "--target")).toEqual(["test"]);
    expect(values(test, "--output")).toEqual(["type=cacheonly"]);
  });

  it("reads the release's cache, and writes no cache, calls no registry and pushes nothing", () => {
    const run = check();
    const [test] = calls(run, "docker", "buildx", "build");
    expect(values(test, "--cache-from")).toHaveLength(2);
    expect(run.calls.flat().filter((word) => /push|cache-to/.test(word))).toEqual([]);
    expect(calls(run, "aws").map(([, ...words]) => words.slice(0, 2).join(" "))).toEqual(["ecr get-login-password"]);
  });

  it("ignores an image that the registry has for the commit", () => {
    const run = check({ FAKE_EXISTING_DIGEST: digest, FAKE_EXISTING_KEY: buildKey(variables) });
    expect(run.exported).toEqual({ LOCKMASTER_OUTCOME: "tested" });
  });

  it("fails when the tests fail, and exports nothing", () => {
    const run = check({ FAKE_FAILING_TARGET: "test" });
    expect(run.succeeded).toBe(false);
    expect(run.exported).toEqual({});
  });

  it("fails without a test stage: nothing would be proven", () => {
    const run = check({ LOCKMASTER_TEST_TARGET: "" });
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain("LOCKMASTER_TEST_TARGET");
    expect(run.calls).toEqual([]);
  });
});

describe("buildspec.yml", () => {
  it("passes shellcheck, unquoted variables included", ({ skip }) => {
    if (spawnSync("shellcheck", ["--version"]).error !== undefined) skip("shellcheck is not on PATH");
    const phases = Object.values(spec.phases).flatMap(({ commands }) => commands);
    for (const input of phases.flatMap(scripts)) {
      const options = ["--shell=bash", "--enable=quote-safe-variables", "-"];
      const { stdout } = spawnSync("shellcheck", options, { input, encoding: "utf8" });
      expect(stdout).toBe("");
    }
  });

  it("builds the last stage without tests if no stages are named", () => {
    const [runtime, ...others] = calls(
      build({ LOCKMASTER_TARGET: "", LOCKMASTER_TEST_TARGET: "" }),
      "docker",
      "buildx",
      "build",
    );
    expect(others).toEqual([]);
    expect(runtime).not.toContain("--target");
  });

  it("dates image and annotations by the commit, not by the build", () => {
    const [, runtime] = calls(build(), "docker", "buildx", "build");
    const expected = [
      `org.opencontainers.image.revision=${sha}`,
      "org.opencontainers.image.source=https://github.com/acme/shop",
      "org.opencontainers.image.created=2026-01-05T09:00:00Z",
    ];
    expect(values(runtime, "--label")).toEqual(expected);
    expect(values(runtime, "--annotation").slice(0, 3)).toEqual(expected);
  });

  it("pushes one manifest, not an index with attestations", () => {
    const [, runtime] = calls(build(), "docker", "buildx", "build");
    expect(runtime).toContain("--provenance=false");
    expect(runtime).toContain("--sbom=false");
  });

  it("caches each image under tags of its own in the cache repository", () => {
    const [test, runtime] = calls(build(), "docker", "buildx", "build");
    const settings = "mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true";
    const cache =
      /^type=registry,ref=123456789012\.dkr\.ecr\.eu-central-1\.amazonaws\.com\/shop\/cache:cache-backend-[0-9a-f]{12}/;
    expect(values(runtime, "--cache-to")[0]).toMatch(cache);
    expect(values(runtime, "--cache-to")[0]).toContain(settings);
    expect(values(test, "--cache-to")[0]).toContain(`-test,${settings}`);
    const others = ["LOCKMASTER_REPOSITORY", "LOCKMASTER_IMAGE"].map((name) => build({ [name]: "other/name" }));
    const tags = [runtime, ...others.map((run) => calls(run, "docker", "buildx", "build")[1])];
    expect(new Set(tags.map((call) => values(call, "--cache-to")[0])).size).toBe(3);
  });

  it("refuses a source at another commit than the requested one", () => {
    const run = build({ FAKE_COMMIT: "f".repeat(40) });
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain("The source is at commit");
    expect(run.calls).toEqual([]);
  });

  it("builds a source without .git, and refuses one that git cannot read", () => {
    expect(build({ FAKE_COMMIT: "" }, "a shell a command", {}).succeeded).toBe(true);
    const run = build({ FAKE_COMMIT: "" });
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain("dubious ownership");
    expect(run.errors).toContain("git cannot read the commit of the source");
  });

  it("gives the commit's time to the output only, since a build argument would invalidate the cache", () => {
    const text = JSON.stringify(spec.phases);
    expect(text).toContain("source-date-epoch=$created");
    expect(text.replaceAll("Not as SOURCE_DATE_EPOCH", "")).not.toContain("SOURCE_DATE_EPOCH");
  });

  it("refuses submodules that were not fetched, by name, if they are in the build context", () => {
    const run = build({ FAKE_SUBMODULE: "backend/proto" });
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain("The submodule backend/proto is not fetched");
    expect(build({ FAKE_SUBMODULE: "docs/theme" }).succeeded).toBe(true);
    const fetched = { ".git/HEAD": "", "backend/proto/shop.proto": "" };
    expect(build({ FAKE_SUBMODULE: "backend/proto" }, "a shell a command", fetched).succeeded).toBe(true);
  });

  it("refuses pointers of Git LFS, by name, if they are in the build context", () => {
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";
    const run = build({}, "a shell a command", { ".git/HEAD": "", "backend/model.bin": pointer });
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain("backend/model.bin is a pointer of Git LFS");
    expect(build({}, "a shell a command", { ".git/HEAD": "", "docs/video.mp4": pointer }).succeeded).toBe(true);
  });

  it("refuses a base image of another platform before anything is pushed", () => {
    const warning = "WARNING: InvalidBaseImagePlatform - Base image node:24 was pulled with platform linux/amd64";
    const run = build({ FAKE_CHECK: warning });
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain(warning);
    expect(run.errors).toContain("A base image is not for linux/arm64");
    expect(calls(run, "docker", "buildx", "build").flatMap((call) => values(call, "--output"))).toEqual([
      "type=cacheonly",
    ]);
    expect(build({ FAKE_CHECK: "WARNING: MaintainerDeprecated" }).succeeded).toBe(true);
  });

  it("takes BuildKit from AWS's public registry by digest, and from Docker Hub if that fails", () => {
    const created = (run: BuildRun) => values(calls(run, "docker", "buildx", "create")[0], "--driver-opt")[0];
    expect(created(build())).toMatch(/^image=public\.ecr\.aws\/vend\/moby\/buildkit@sha256:[0-9a-f]{64}$/);
    const run = build({ FAKE_UNPULLABLE: "public.ecr.aws/", FAKE_PAUSE: "0" });
    expect(run.succeeded).toBe(true);
    expect(calls(run, "docker", "pull")).toHaveLength(4);
    expect(created(run)).toMatch(/^image=moby\/buildkit@sha256:[0-9a-f]{64}$/);
  });

  it("uses a builder that exists", () => {
    const run = build({ FAKE_NO_BUILDER: "0" });
    expect(run.succeeded).toBe(true);
    expect(calls(run, "docker", "buildx", "create")).toEqual([]);
  });

  it.each(requiredVariables)("fails without %s, and names it", (name) => {
    const run = build({ [name]: "" });
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain(name);
    expect(run.calls).toEqual([]);
  });
});

const free = ["REPOSITORY", "IMAGE", "REF", "ATTEMPT", "CONTEXT", "DOCKERFILE", "TARGET", "TEST_TARGET", "SOURCE_URL"];
const checked = ["SHA", "CHECK", "PLATFORM", "REPOSITORY_URI", "CACHE_REPOSITORY_URI"];

describe.each(hostile)("the value %j", (value) => {
  it("reaches docker verbatim and is never evaluated", () => {
    const run = build(Object.fromEntries(free.map((name) => [`LOCKMASTER_${name}`, value])));
    expect(run.succeeded).toBe(true);
    expect(run.files).toEqual([]);
    const builds = calls(run, "docker", "buildx", "build");
    expect(builds).toHaveLength(2);
    for (const call of builds) {
      expect(values(call, "--target")).toEqual([value]);
      expect(values(call, "--file")).toEqual([`./${value}/${value}`]);
      expect(call.slice(-2)).toEqual(["--", `./${value}`]);
      expect(values(call, "--cache-from").join()).toMatch(/^[\w.:/,=-]+$/);
    }
    expect(values(builds[1], "--label")).toContain(`org.opencontainers.image.source=${value}`);
  });

  it("reaches docker verbatim in a check, and nothing is pushed", () => {
    const changes = Object.fromEntries(free.map((name) => [`LOCKMASTER_${name}`, value]));
    const run = build({ ...changes, LOCKMASTER_CHECK: "true" });
    expect(run.succeeded).toBe(true);
    expect(run.files).toEqual([]);
    const builds = calls(run, "docker", "buildx", "build");
    expect(builds).toHaveLength(1);
    expect(values(builds[0], "--target")).toEqual([value]);
    expect(values(builds[0], "--output")).toEqual(["type=cacheonly"]);
    expect(builds[0]?.slice(-2)).toEqual(["--", `./${value}`]);
  });

  it.each(checked)("is refused as LOCKMASTER_%s before any program is called", (name) => {
    const run = build({ [`LOCKMASTER_${name}`]: value });
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain(`LOCKMASTER_${name}`);
    expect(run.calls).toEqual([]);
    expect(run.files).toEqual([]);
  });
});
