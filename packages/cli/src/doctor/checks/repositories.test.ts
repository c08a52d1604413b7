import { configurationOf, threeServices } from "@lockmaster/core/config/configuration.fixture.ts";
import type { ScenarioInput } from "@lockmaster/local-aws";
import { describe, expect, test } from "vitest";
import { hook, problemsIn, repository, rulesets, startShop } from "../shop.fixture.ts";
import { judgeDeployer, judgeRepository } from "./repositories.ts";

const token = "github_pat_doctor";
type GitHub = NonNullable<ScenarioInput["github"]>;

/** What doctor finds at GitHub about the demonstration shop. */
async function problemsWith(github: GitHub, prepare?: (shop: Awaited<ReturnType<typeof startShop>>) => Promise<void>) {
  const permissions = { contents: "read", repository_hooks: "read" } as const;
  const tokens = [{ token, repositories: [repository, "acme/store"], permissions }];
  const shop = await startShop({ scenario: { github: { tokens, hooks: [hook], rulesets, ...github } } });
  await prepare?.(shop);
  const { printed } = await shop.doctor("--json");
  return problemsIn(printed).filter((one) => one.startsWith("github."));
}

describe("doctor", () => {
  test("finds a repository that was renamed", async () => {
    const repositories = [{ name: repository, renamedTo: "acme/store" }];
    const found = await problemsWith({ repositories });
    expect(found).toContain("github.repository-renamed acme/shop");
  });

  test("finds a repository whose name GitHub writes with other capitals, which its events have", async () => {
    expect(await problemsWith({ repositories: [{ name: "Acme/shop" }] })).toEqual([
      "github.repository-renamed acme/shop",
    ]);
  });

  test("finds another repository under the same name", async () => {
    const found = await problemsWith({ repositories: [{ name: repository, id: 202 }] }, async ({ rehearsal }) => {
      await rehearsal.ledger.recordIdentity({ repository, id: 101, since: "2026-01-01T00:00:00Z" });
    });
    expect(found).toEqual(["github.repository-replaced acme/shop"]);
  });

  test.each<[string, GitHub, string[]]>([
    ["protects", {}, []],
    ["does not enforce", { rulesets: rulesets.map((one) => ({ ...one, enforcement: "evaluate" as const })) }, both()],
    ["has none of", { rulesets: [] }, both()],
    ["keeps unreadable", { troubles: [{ request: "rulesets", status: 403 }] }, ["github.rules-unreadable acme/shop"]],
  ])("sees that GitHub %s the rules for what is released", async (_, github, expected) => {
    expect(await problemsWith(github)).toEqual(expected);
  });
});

function both(): string[] {
  return ["github.branch-unprotected acme/shop staging", "github.tags-unprotected acme/shop production"];
}

describe("rules for tags", () => {
  const github = { name: repository, id: 101, ownerId: 7 };
  const environments = (by?: string[]) => {
    const { staging, production } = configurationOf({
      ...threeServices,
      environments: {
        staging: threeServices.environments.staging,
        production: {
          ...threeServices.environments.staging,
          cluster: "production",
          on: { tag: "v*", ...(by !== undefined && { by }) },
          promoteFrom: "staging",
        },
      },
    }).environments;
    if (staging === undefined || production === undefined) throw new TypeError("no production");
    return { staging, production };
  };
  const branches = { main: ["pull_request", "non_fast_forward"] };

  test.each([
    ["for all", { include: ["~ALL"], exclude: [], rules: ["creation", "update"] }, true],
    ["for the pattern", { include: ["refs/tags/v*"], exclude: [], rules: ["creation", "update"] }, true],
    ["for others", { include: ["refs/tags/nightly-*"], exclude: [], rules: ["creation", "update"] }, false],
    ["that excludes them", { include: ["~ALL"], exclude: ["refs/tags/v*"], rules: ["creation", "update"] }, false],
    ["that restricts deletions alone", { include: ["~ALL"], exclude: [], rules: ["deletion"] }, false],
  ])("of a ruleset %s", (_, ruleset, isProtected) => {
    const protection = { branches, tags: [ruleset] };
    const facts = { repository, environments: environments(), github, identity: "absent", protection } as const;
    expect(judgeRepository(facts).map(({ id }) => id)).toEqual([
      isProtected ? "repositories" : "github.tags-unprotected",
    ]);
  });

  test("need not restrict who creates them when on.by does", () => {
    const tags = [{ include: ["~ALL"], exclude: [], rules: ["update"] }];
    const facts = { repository, github, identity: "absent", protection: { branches, tags } } as const;
    const judged = (by?: string[]) => judgeRepository({ ...facts, environments: environments(by) }).map(({ id }) => id);
    expect(judged()).toEqual(["github.tags-unprotected"]);
    expect(judged(["octocat"])).toEqual(["repositories"]);
  });
});

describe("the repository that deploys Lockmaster", () => {
  const deployer = { repository: "acme/lockmaster", branch: "main" };
  const github = { name: "acme/lockmaster", id: 42, ownerId: 7 };

  test.each([
    ["has its ids in the configuration", { ...deployer, ids: { owner: 7, repository: 42 } }, github, "deployer"],
    ["has no ids there", deployer, github, "deployer.ids-absent"],
    ["has others there", { ...deployer, ids: { owner: 7, repository: 41 } }, github, "deployer.ids-different"],
    ["was renamed", deployer, { ...github, name: "acme/releases" }, "github.repository-renamed"],
    ["has other capitals there", deployer, { ...github, name: "acme/Lockmaster" }, "github.repository-renamed"],
    ["is unknown to the credentials", deployer, { why: "GitHub answered 404" }, "deployer.ids-unknown"],
  ])("%s", (_, configured, answer, id) => {
    const [finding] = judgeDeployer({ deployer: configured, github: answer });
    expect(finding?.id).toBe(id);
  });

  test("gets the setting to write", () => {
    expect(judgeDeployer({ deployer, github })[0]?.remedy).toContain("{ owner: 7, repository: 42 }");
  });
});
