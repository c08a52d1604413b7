import { failedOutput } from "@lockmaster/core/build/build-log.ts";
import { describe, expect, it } from "vitest";
import { readBuildspec } from "./buildspec.ts";
import { type BuildRun, runBuildspec } from "./run-buildspec.ts";
import { hostile, registry, variables } from "./variables.fixture.ts";

const spec = readBuildspec();
const arn = "arn:aws:secretsmanager:eu-west-1:444455556666:secret:shop/ghcr-AbCdEf";
const secret = JSON.stringify({ username: "shop", password: "top-secret" });

const build = (changes: Record<string, string> = {}): BuildRun =>
  runBuildspec(spec, { ...variables, FAKE_SECRET: secret, FAKE_PAUSE: "0", ...changes }, "a shell a command");
const logins = ({ calls }: BuildRun): string[][] =>
  calls.filter(([program, verb]) => program === "docker" && verb === "login");
const reads = ({ calls }: BuildRun): string[][] => calls.filter(([, service]) => service === "secretsmanager");
const lastLine = (run: BuildRun): string | undefined => failedOutput(run.errors.split("\n")).lines.at(-1);

describe("logins to registries with a password", () => {
  it("happen before anything is pulled; the password is neither an argument nor in the log", () => {
    const run = build({ LOCKMASTER_LOGINS: `docker.io shop/docker-hub,ghcr.io ${arn}` });
    expect(run.succeeded).toBe(true);
    expect(logins(run).slice(1)).toEqual([
      ["docker", "login", "--username=shop", "--password-stdin", "docker.io"],
      ["docker", "login", "--username=shop", "--password-stdin", "ghcr.io"],
    ]);
    expect(run.passwords).toMatchObject({ "docker.io": "top-secret", "ghcr.io": "top-secret" });
    expect(JSON.stringify(run.calls)).not.toContain("top-secret");
    expect(run.errors).not.toContain("top-secret");
    const words = run.calls.map((call) => call.slice(0, 2).join(" "));
    expect(words.lastIndexOf("docker login")).toBeLessThan(words.indexOf("docker pull"));
  });

  it("read a secret in its own region, and one without a region in that of the images", () => {
    const run = build({ LOCKMASTER_LOGINS: `docker.io shop/docker-hub,ghcr.io ${arn}` });
    expect(reads(run).map((call) => [call[4], call[5]])).toEqual([
      ["eu-central-1", "--secret-id=shop/docker-hub"],
      ["eu-west-1", `--secret-id=${arn}`],
    ]);
  });

  it("are not made, and the secret is not read, for an image that the registry has", () => {
    const [key] = build().calls.flatMap((call) => call.filter((word) => word.startsWith("dev.lockmaster.build=")));
    const run = build({
      LOCKMASTER_LOGINS: "docker.io shop/docker-hub",
      FAKE_EXISTING_DIGEST: `sha256:${"cd".repeat(32)}`,
      FAKE_EXISTING_KEY: key?.split("=")[1] ?? "",
    });
    expect(run.exported["LOCKMASTER_OUTCOME"]).toBe("adopted");
    expect([...logins(run), ...reads(run)]).toEqual([]);
  });

  it.each([
    ["no JSON", "top-secret"],
    ["a text", '"top-secret"'],
    ["a list", '["top-secret"]'],
    ["no password", '{"username":"shop","accessToken":"top-secret"}'],
    ["an empty password", '{"username":"shop","password":""}'],
    ["a number as password", '{"username":"shop","password":12345678}'],
    ["no username", '{"password":"top-secret"}'],
  ])("are refused with a secret that is %s, without quoting it", (_, FAKE_SECRET) => {
    const run = build({ LOCKMASTER_LOGINS: "docker.io shop/docker-hub", FAKE_SECRET });
    expect(run.succeeded).toBe(false);
    expect(lastLine(run)).toBe(
      "The secret shop/docker-hub of the login to docker.io is not JSON with username and password, both of them texts",
    );
    expect(run.errors).not.toMatch(/top-secret|12345678/);
    expect(logins(run)).toHaveLength(1);
  });

  it("fail by name when the secret cannot be read, and after three attempts when the registry refuses", () => {
    const LOCKMASTER_LOGINS = "docker.io shop/docker-hub";
    const unreadable = build({ LOCKMASTER_LOGINS, FAKE_SECRET: "" });
    expect(unreadable.errors).toContain("AccessDeniedException");
    expect(lastLine(unreadable)).toBe("The secret shop/docker-hub of the login to docker.io cannot be read, see above");
    const refused = build({ LOCKMASTER_LOGINS, FAKE_REFUSING_REGISTRY: "docker.io" });
    expect(lastLine(refused)).toBe("The login to docker.io with the secret shop/docker-hub failed, see above");
    expect(logins(refused)).toHaveLength(4);
    for (const { calls } of [unreadable, refused]) {
      expect(calls.filter(([program, verb]) => program === "docker" && verb !== "login")).toEqual([]);
    }
  });

  it.each(hostile)("hand the username and the password %j on verbatim", (value) => {
    const password = `${value.replaceAll("\n", " ")}!`;
    const run = build({
      LOCKMASTER_LOGINS: "docker.io shop/docker-hub",
      FAKE_SECRET: JSON.stringify({ username: value, password }),
    });
    expect(run.succeeded).toBe(true);
    expect(run.files).toEqual([]);
    expect(logins(run)[1]).toEqual(["docker", "login", `--username=${value}`, "--password-stdin", "docker.io"]);
    expect(run.passwords["docker.io"]).toBe(password);
  });
});

describe("bases in other registries of ECR", () => {
  const other = "444455556666.dkr.ecr.us-east-1.amazonaws.com";

  it("get a login with a token of their region; the images' own registry has one already", () => {
    const run = build({ LOCKMASTER_BASE_REGISTRIES: `${registry},${other}` });
    expect(logins(run)).toEqual(
      [registry, other].map((host) => ["docker", "login", "--username", "AWS", "--password-stdin", host]),
    );
    expect(run.calls.filter((call) => call[2] === "get-login-password").map((call) => call[4])).toEqual([
      "eu-central-1",
      "us-east-1",
    ]);
  });

  it("fail by name when the login fails", () => {
    const run = build({ LOCKMASTER_BASE_REGISTRIES: other, FAKE_REFUSING_REGISTRY: other });
    expect(run.succeeded).toBe(false);
    expect(lastLine(run)).toBe(`The login to ${other} failed, see above`);
  });
});

it("a check logs in as its project says", () => {
  const check = { LOCKMASTER_CHECK: "true" };
  expect(logins(build(check))).toHaveLength(1);
  expect(logins(build({ ...check, LOCKMASTER_LOGINS: "docker.io shop/docker-hub" }))).toHaveLength(2);
});
