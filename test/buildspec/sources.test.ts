import { failedOutput } from "@lockmaster/core/build/build-log.ts";
import { describe, expect, it } from "vitest";
import { readBuildspec } from "./buildspec.ts";
import { type BuildRun, runBuildspec } from "./run-buildspec.ts";
import { hostile, variables } from "./variables.fixture.ts";

const spec = readBuildspec();
const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n";
const withPointer = { ".git/HEAD": "", "backend/model.bin": pointer };

const build = (
  changes: Record<string, string>,
  sources?: Readonly<Record<string, string>>,
  links?: Readonly<Record<string, string>>,
): BuildRun => runBuildspec(spec, { ...variables, ...changes }, "a shell a command", sources, links);
const fetches = ({ calls }: BuildRun): string[][] => calls.filter(([program]) => program === "git");
const lastLine = (run: BuildRun): string | undefined => failedOutput(run.errors.split("\n")).lines.at(-1);

describe("submodules", () => {
  const submodule = { FAKE_SUBMODULE: "backend/proto" };
  const fetching = { ...submodule, LOCKMASTER_SUBMODULES: "true" };

  it("are not fetched without the setting, and the refusal names it", () => {
    const run = build(submodule);
    expect(fetches(run)).toEqual([]);
    expect(lastLine(run)).toContain(
      "The submodule backend/proto is not fetched: set submodules in installation.builds",
    );
  });

  it("are fetched with the setting, all the way down", () => {
    const run = build({ ...fetching, FAKE_FETCHED: "backend/proto/shop.proto" });
    expect(run.succeeded).toBe(true);
    expect(fetches(run).map((call) => call.slice(-4))).toEqual([["submodule", "update", "--init", "--recursive"]]);
  });

  it("fail the build by name when git cannot fetch them", () => {
    const run = build({ ...fetching, FAKE_GIT_ERROR: "fatal: transport 'ssh' not allowed" });
    expect(run.succeeded).toBe(false);
    expect(run.errors).toContain("transport 'ssh' not allowed");
    expect(lastLine(run)).toMatch(/^git cannot fetch the submodules, see above: .*https:/);
    expect(run.calls.filter(([program]) => program === "docker")).toEqual([]);
  });

  it("fail the build by name when git has fetched nothing into them", () => {
    const run = build(fetching);
    expect(run.succeeded).toBe(false);
    expect(lastLine(run)).toContain("The submodule backend/proto is not fetched: check its entry in .gitmodules");
  });
});

describe("files of Git LFS", () => {
  const lfs = { LOCKMASTER_LFS: "true" };

  it("are not fetched without the setting, and the refusal names it", () => {
    const run = build({}, withPointer);
    expect(fetches(run)).toEqual([]);
    expect(lastLine(run)).toContain("backend/model.bin is a pointer of Git LFS: set lfs in installation.builds");
  });

  it("are fetched with the setting: those of the context, from the repository whatever the commit's .lfsconfig says", () => {
    const run = build({ ...lfs, FAKE_FETCHED: "backend/model.bin" }, withPointer);
    expect(run.succeeded).toBe(true);
    const [pull = [], ...others] = fetches(run);
    expect(others).toEqual([]);
    expect(pull).toContain("lfs.url=https://github.com/acme/shop.git/info/lfs");
    expect(pull.slice(-4)).toEqual(["lfs", "pull", "--include", "backend"]);
  });

  it.each([".", "back[e]nd", "a,b", "two words", "*"])("are fetched all for the context %j", (LOCKMASTER_CONTEXT) => {
    const [pull = []] = fetches(build({ ...lfs, LOCKMASTER_CONTEXT }));
    expect(pull.slice(-2)).toEqual(["lfs", "pull"]);
  });

  it.each(["backend", "./backend", "backend/", "services/web-2"])("are fetched below the context %j", (path) => {
    const [pull = []] = fetches(build({ ...lfs, LOCKMASTER_CONTEXT: path }));
    expect(pull.at(-1)).toBe(path.replace(/^\.\//, "").replace(/\/$/, ""));
  });

  it("fail the build by name when they cannot be fetched, or were not", () => {
    const failed = build({ ...lfs, FAKE_GIT_ERROR: "batch response: over its data quota" }, withPointer);
    expect(failed.errors).toContain("over its data quota");
    expect(lastLine(failed)).toMatch(/^Git LFS cannot fetch the files of https:\/\/github\.com\/acme\/shop, see above/);
    const left = build(lfs, withPointer);
    expect(lastLine(left)).toContain("backend/model.bin is a pointer of Git LFS: Git LFS has not fetched it");
    for (const run of [failed, left]) expect(run.succeeded).toBe(false);
  });

  it("are found behind a context that is a link within the source", () => {
    const run = build({ LOCKMASTER_CONTEXT: "app" }, withPointer, { app: "backend" });
    expect(lastLine(run)).toContain("app/model.bin is a pointer of Git LFS");
  });
});

describe("the credentials of the connection", () => {
  it.each(["LOCKMASTER_SUBMODULES", "LOCKMASTER_LFS"])("are given to github.com alone with %s", (setting) => {
    const [fetch = []] = fetches(build({ [setting]: "true", FAKE_HELPER: "!/codebuild/helper $@" }));
    const settings = fetch.filter((word) => word.startsWith("credential"));
    expect(settings).toEqual(["credential.helper=", "credential.https://github.com.helper=!/codebuild/helper $@"]);
  });
});

describe.each(["LOCKMASTER_SUBMODULES", "LOCKMASTER_LFS", "LOCKMASTER_LOGINS", "LOCKMASTER_BASE_REGISTRIES"])(
  "%s",
  (name) => {
    it.each([
      ...hostile,
      "docker.io",
      "docker.io a b",
      "docker.io a,",
      ",docker.io a",
      "docker.io $(touch pwned)",
      "docker.io a;touch pwned",
      "https://docker.io a",
      "docker.io a\nghcr.io b",
      "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop",
      "123456789012.dkr.ecr.eu-central-1.amazonaws.com,evil.example",
    ])("is refused as %j before any program is called", (value) => {
      const run = build({ [name]: value });
      expect(run.succeeded).toBe(false);
      expect(run.errors).toContain(name);
      expect(run.calls).toEqual([]);
      expect(run.files).toEqual([]);
    });
  },
);

describe("a link of the commit", () => {
  const leading = "is a link that leads out of the source";

  it("makes no files of the machine the context or the Dockerfile", () => {
    const context = build({}, { ".git/HEAD": "" }, { backend: "/etc" });
    expect(lastLine(context)).toContain(`./backend ${leading}`);
    const dockerfile = build({}, { ".git/HEAD": "", "backend/a": "" }, { "backend/Dockerfile": "/etc/passwd" });
    expect(lastLine(dockerfile)).toContain(`./backend/Dockerfile ${leading}`);
    for (const { calls } of [context, dockerfile]) expect(calls).toEqual([]);
  });

  it("may lead to another place in the source", () => {
    expect(build({}, { ".git/HEAD": "", "app/Dockerfile": "" }, { backend: "app" }).succeeded).toBe(true);
  });
});
