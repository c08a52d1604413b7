import { expect, test } from "vitest";
import type { Facts, ReleaseFacts, ServiceFacts } from "./facts.ts";
import { brokenLaws, type Expectation } from "./laws.ts";

const service = (commit: string): ServiceFacts => ({
  commits: { web: [commit] },
  digests: { web: [`sha256:${commit}`] },
});
const everywhere = (commit: string) => ({ staging: { frontend: service(commit), backend: service(commit) } });
const record = { id: "one", executionArn: "arn", kind: "deploy", environment: "staging", status: "succeeded" };
const services = { frontend: { web: "sha256:new" }, backend: { web: "sha256:new" } };
const released: ReleaseFacts = {
  name: "one",
  environment: "staging",
  executionArn: "arn",
  status: "SUCCEEDED",
  error: undefined,
  cause: undefined,
  record: { ...record, services },
  published: ["succeeded"],
};
const rolledBack: ReleaseFacts = {
  ...released,
  status: "FAILED",
  record: { ...record, status: "rolled-back" },
  published: ["rolled-back"],
};
const success: Facts = {
  environments: everywhere("new"),
  releases: [released],
  builds: [{ image: "web", commit: "new", status: "SUCCEEDED" }],
  dropped: 0,
  tasks: [],
  records: [],
  locks: [],
};
const expected: Expectation = {
  result: "succeeded",
  before: everywhere("old"),
  after: everywhere("new"),
  recoversBy: "nothing",
};
const migration = { release: "one", command: "./manage migrate", status: "STOPPED", exitCode: 0 };

test("a successful release breaks no law", () => {
  expect(brokenLaws(success, expected)).toEqual({});
});

test("a release of everything, because GitHub did not answer, breaks no law", () => {
  const environments = everywhere("later");
  const whole = { frontend: { web: "sha256:later" }, backend: { web: "sha256:later" } };
  const releases = [{ ...released, record: { ...record, sha: "later", services: whole } }];
  expect(brokenLaws({ ...success, environments, releases }, expected)).toEqual({});
  const failed = [{ ...rolledBack, record: { ...record, sha: "later", status: "rolled-back" } }];
  expect(brokenLaws({ ...success, environments, releases: failed }, expected)).not.toEqual({});
});

test("a release that is rolled back as expected breaks no law", () => {
  const facts = { ...success, environments: everywhere("old"), releases: [rolledBack] };
  expect(brokenLaws(facts, { ...expected, result: "rolled-back", after: everywhere("old") })).toEqual({});
});

test.each<[law: string, facts: Partial<Facts>]>([
  [
    "an environment is entirely new or entirely as before",
    { environments: { staging: { frontend: service("new"), backend: service("old") } } },
  ],
  ["an environment is entirely new or entirely as before", { environments: everywhere("other") }],
  [
    "every service is stable with all of its tasks",
    {
      environments: {
        staging: { ...everywhere("new").staging, backend: { ...service("new"), instability: "1 of 2 tasks run" } },
      },
    },
  ],
  ["the record says what happened", { environments: everywhere("old") }],
  ["the record says what happened", { releases: [{ ...released, record: { ...record, services: {} } }] }],
  ["the record says what happened", { releases: [rolledBack] }],
  ["execution and record agree", { releases: [{ ...released, status: "FAILED" }] }],
  ["execution and record agree", { releases: [{ ...released, record: undefined }] }],
  ["execution and record agree", { releases: [{ ...rolledBack, status: "RUNNING" }] }],
  ["nothing is built twice", { builds: [...success.builds, ...success.builds] }],
  ["no build keeps running", { builds: [{ image: "web", commit: "new", status: "IN_PROGRESS" }] }],
  ["no release is dropped", { dropped: 1 }],
  ["no release is dropped", { releases: [] }],
  ["no record is open", { records: [{ ...record, status: "open" }] }],
  [
    "no lock is held or dirty, and no release waits",
    { locks: [{ environment: "staging", dirty: true, holder: undefined, waiters: [] }] },
  ],
  ["no one-off task keeps running, and no finished one is repeated", { tasks: [{ ...migration, status: "RUNNING" }] }],
  ["no one-off task keeps running, and no finished one is repeated", { tasks: [migration, migration] }],
  ["the release recovers from the fault", { releases: [rolledBack] }],
  ["events agree with the record", { releases: [{ ...released, published: [] }] }],
  ["events agree with the record", { releases: [{ ...released, published: ["succeeded", "rolled-back"] }] }],
])("is broken: %s", (law, facts) => {
  expect(brokenLaws({ ...success, ...facts }, expected)).toHaveProperty([law]);
});
