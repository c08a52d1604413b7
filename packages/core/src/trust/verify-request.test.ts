import { beforeEach, describe, expect, test } from "vitest";
import { configurationOf, oneService } from "../config/configuration.fixture.ts";
import type { EnvironmentConfiguration } from "../config/schema.ts";
import { fingerprintOf } from "../contract/fingerprint.ts";
import type { DeploymentInput } from "../contract/release-input.ts";
import type { RepositoryIdentity } from "../ledger/repository-identity.ts";
import type { StartRecord } from "../ledger/start-record.ts";
import type { ClaimAnswer } from "./ports.ts";
import { describeRequester } from "./requester.ts";
import { verifyRequest, type TrustPorts } from "./verify-request.ts";

const repository = "acme/shop";
const input: DeploymentInput = {
  kind: "deploy",
  repository,
  environment: "staging",
  ref: "refs/heads/main",
  sha: "a".repeat(40),
  requestedBy: { kind: "github", login: "octocat" },
  requestedAt: "2026-11-21T12:00:00Z",
};
const execution = { name: "shop-staging-1", arn: "arn:1", startedAt: "2026-11-21T12:00:01Z", redriveCount: 0 };
const confirmed: ClaimAnswer = { state: "confirmed", repositoryId: 101 };
const refuted: ClaimAnswer = { state: "refuted", repositoryId: 101, why: "the branch main does not contain aaaa" };
const unknown = (isTemporary: boolean): ClaimAnswer => ({ state: "unknown", why: "nothing was answered", isTemporary });
const byWebhook: StartRecord = {
  repository,
  environment: "staging",
  name: execution.name,
  at: "2026-11-21T12:00:00Z",
  input: fingerprintOf(input),
};

let identity: RepositoryIdentity | undefined;
let asked: unknown[];
beforeEach(() => {
  identity = undefined;
  asked = [];
});

type Given = {
  answer?: ClaimAnswer;
  start?: StartRecord | undefined;
  members?: readonly string[];
  ageSeconds?: number;
  environment?: Partial<Pick<EnvironmentConfiguration, "on" | "verification">>;
};

function verify({ answer = confirmed, start, members = [], ageSeconds = 5, environment = {} }: Given) {
  const configured = configurationOf(oneService).environments["staging"];
  if (configured === undefined) throw new TypeError("no staging");
  const ports: TrustPorts = {
    ledger: {
      start: ({ name }) => Promise.resolve(start?.name === name ? start : undefined),
      repositoryIdentity: () => Promise.resolve(identity),
      recordIdentity: (seen) => Promise.resolve((identity = seen)),
    },
    sources: {
      confirm: (claim) => {
        asked.push(claim);
        return Promise.resolve(answer);
      },
      isMember: (_, { team }, login) => Promise.resolve(members.includes(`${team}/${login}`)),
    },
  };
  const now = new Date("2026-11-21T12:00:06Z");
  return verifyRequest(ports, { execution, input }, { ...configured, ...environment }, { now, ageSeconds });
}

describe("who started the execution", () => {
  const verification = async (given: Given) => {
    const request = await verify(given);
    return request.state === "verified" ? request.verification : request;
  };

  test("is the webhook, when it recorded the start with this input", async () => {
    expect(await verification({ start: byWebhook })).toEqual({ startedBy: "webhook" });
  });

  test.each([
    ["without a record", undefined],
    ["with the record of another execution", { ...byWebhook, name: "another" }],
    ["with the record of another input", { ...byWebhook, input: fingerprintOf({ ...input, sha: "b".repeat(40) }) }],
  ])("is a person %s, whatever the input says", async (_, start) => {
    expect(await verification({ start })).toEqual({ startedBy: "hand" });
  });
});

test.each([
  ["octocat", { startedBy: "webhook" }],
  ["octocat (unverified claim: started by hand)", { startedBy: "hand" }],
  ["octocat (unverified claim: nothing was answered)", { startedBy: "webhook", unconfirmed: "nothing was answered" }],
  ["octocat (unverified claim: an older version of Lockmaster recorded it)", undefined],
] as const)("is shown as %s", (text, verification) => {
  const { requestedBy } = input;
  expect(describeRequester({ requestedBy, ...(verification !== undefined && { verification }) })).toBe(text);
});

describe("a claim that GitHub refutes", () => {
  test("is refused, with what GitHub shows", async () => {
    const request = await verify({ answer: refuted, ageSeconds: 5 });
    expect(request).toMatchObject({ state: "refuted", error: { name: "RejectedError", code: "REF_MISMATCH" } });
    expect(request).toMatchObject({ error: { message: expect.stringContaining("does not contain aaaa") } });
  });

  test("may be a push that GitHub's API does not show yet: a delivery's release waits a minute", async () => {
    const fresh = await verify({ answer: refuted, start: byWebhook, ageSeconds: 59 });
    expect(fresh).toMatchObject({ state: "waiting", retryAfterSeconds: 10 });
    expect(await verify({ answer: refuted, start: byWebhook, ageSeconds: 60 })).toMatchObject({ state: "refuted" });
  });
});

describe("the repository's id", () => {
  test("is recorded when it is first seen", async () => {
    await verify({});
    expect(identity).toEqual({ repository, id: 101, since: "2026-11-21T12:00:06.000Z" });
  });

  test.each<[string, ClaimAnswer]>([
    ["confirms the commit", { ...confirmed, repositoryId: 202 }],
    ["refutes it", { ...refuted, repositoryId: 202 }],
  ])("is another one: refused, with the way to accept it, even when GitHub %s", async (_, answer) => {
    identity = { repository, id: 101, since: "2026-01-01T00:00:00Z" };
    const error = await verify({ answer }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: "RejectedError", code: "REPOSITORY_CHANGED" });
    expect(String(error)).toContain("lockmaster accept-repository --repository acme/shop --id 202");
  });

  test("of a renamed repository is refused with the new name", async () => {
    const renamed = verify({ answer: { state: "renamed", to: "acme/store" } });
    await expect(renamed).rejects.toMatchObject({
      code: "REPOSITORY_CHANGED",
      message: expect.stringContaining("acme/store"),
    });
  });

  test("comes with the App's installation, which the delivery must have come through", async () => {
    const answer = { ...confirmed, installation: 7 };
    expect(await verify({ answer, start: { ...byWebhook, installation: 7 } })).toMatchObject({ state: "verified" });
    const foreign = verify({ answer, start: { ...byWebhook, installation: 8 } });
    await expect(foreign).rejects.toMatchObject({ code: "REQUEST_UNVERIFIED" });
  });
});

describe('with verification: "required"', () => {
  const environment = { verification: "required" } as const;

  test("an execution that was started by hand is refused, before GitHub is asked", async () => {
    await expect(verify({ environment })).rejects.toMatchObject({ name: "RejectedError", code: "REQUEST_UNVERIFIED" });
    expect(asked).toEqual([]);
  });

  test("a delivery's release needs GitHub's word", async () => {
    expect(await verify({ environment, start: byWebhook })).toMatchObject({ state: "verified" });
    const never = verify({ environment, start: byWebhook, answer: unknown(false) });
    await expect(never).rejects.toMatchObject({ name: "RejectedError", code: "REQUEST_UNVERIFIED" });
  });

  test("which it waits for while GitHub is out of order, for an hour", async () => {
    const outage = (ageSeconds: number) => verify({ environment, start: byWebhook, answer: unknown(true), ageSeconds });
    expect(await outage(3600)).toMatchObject({
      state: "waiting",
      retryAfterSeconds: 60,
      reason: "nothing was answered",
    });
    await expect(outage(3900)).rejects.toMatchObject({ name: "RetryableError", code: "GITHUB_UNAVAILABLE" });
  });

  test("but otherwise a claim that nothing proves goes on, and is recorded as one", async () => {
    const request = await verify({ start: byWebhook, answer: unknown(false) });
    expect(request).toMatchObject({ verification: { startedBy: "webhook", unconfirmed: "nothing was answered" } });
  });
});

describe("with on.by", () => {
  const only = (...by: string[]) => ({ on: { branch: "main", by } });

  test.each([
    ["is named, whatever the case", only("someone", "OctoCat"), []],
    ["is in a team that is named", only("someone", "team:acme/release-managers"), ["release-managers/octocat"]],
  ])("a sender who %s is allowed", async (_, environment, members) => {
    expect(await verify({ start: byWebhook, environment, members })).toMatchObject({ state: "verified" });
  });

  test.each<[string, Given]>([
    ["a sender who is not among them", { start: byWebhook, environment: only("someone", "team:acme/ops") }],
    ["an execution that was started by hand in the name of one", { environment: only("octocat") }],
  ])("%s is refused", async (_, given) => {
    await expect(verify(given)).rejects.toMatchObject({ name: "RejectedError", code: "REQUESTER_NOT_ALLOWED" });
    expect(asked).toEqual([]);
  });

  test("the refusal says that a team may be invisible, where one is named", async () => {
    const refusal = (...by: string[]) => verify({ start: byWebhook, environment: only(...by) }).catch(String);
    expect(await refusal("someone", "team:acme/ops")).toContain("as far as Lockmaster's credentials can see the team");
    expect(await refusal("someone")).not.toContain("team");
  });
});
