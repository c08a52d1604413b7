import { secretsManagerSecrets } from "@lockmaster/aws/secretsmanager/secrets.ts";
import { dynamodbLedger } from "@lockmaster/aws/ledger/ledger.ts";
import type { Installation } from "@lockmaster/core/config/installation.ts";
import type { RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import type { RepositoryIdentity } from "@lockmaster/core/ledger/repository-identity.ts";
import { githubAccess, type GitHubAccess } from "@lockmaster/github/access.ts";
import { describeGitHubFailure } from "@lockmaster/github/refusals.ts";
import {
  covers,
  readBranchRules,
  readRepository,
  readTagRulesets,
  type Repository,
  type Ruleset,
} from "@lockmaster/github/repositories.ts";
import type { ReadResult } from "../checking/aws-reader.ts";
import { check } from "../checking/check.ts";
import type { CheckContext } from "../checking/context.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";

type Names = NonNullable<CheckContext["names"]>;

/** What GitHub protects, or why that is unknown. */
type Protection = { branches: Readonly<Record<string, readonly string[]>>; tags: readonly Ruleset[] } | { why: string };

type RepositoryFacts = {
  repository: string;
  environments: RepositoryConfiguration["environments"];
  /** Undefined without an answer: the check of the credentials reports why. */
  github: Repository | undefined;
  identity: ReadResult<RepositoryIdentity>;
  protection: Protection;
};

/** Is each repository still the same one at GitHub, and who can push what is released? */
export const repositoriesCheck = check("repositories", "Repositories at GitHub", {
  targets: ({ names, scope }) =>
    names === undefined ? [] : scope.repositories.map((target) => ({ ...target, names })),
  gather: async (context, { repository, configuration: { environments }, names }): Promise<RepositoryFacts> => {
    const access = accessOf(context, names);
    const github = await readRepository(access, repository).catch(() => undefined);
    const identity = await context.aws.read(
      { action: "dynamodb:GetItem", resource: names.ledgerTable, absent: ["ResourceNotFoundException"] },
      async () =>
        (await dynamodbLedger(context.home.clients.dynamodb, names.ledgerTable).repositoryIdentity(repository)) ??
        "absent",
    );
    const protection = github === undefined ? { why: "" } : await readProtection(access, repository, environments);
    return { repository, environments, github, identity, protection };
  },
  judge: judgeRepository,
});

function accessOf({ home, githubApi }: CheckContext, names: Names): GitHubAccess {
  const secret = () => secretsManagerSecrets(home.clients.secrets).find(names.githubCredentials);
  return githubAccess({ baseUrl: githubApi, secret });
}

async function readProtection(
  access: GitHubAccess,
  repository: string,
  environments: RepositoryConfiguration["environments"],
): Promise<Protection> {
  const branches = new Set(Object.values(environments).flatMap(({ on }) => on.branch ?? []));
  try {
    const rules = await Promise.all(
      [...branches].map(async (branch) => [branch, await readBranchRules(access, repository, branch)] as const),
    );
    return { branches: Object.fromEntries(rules), tags: await readTagRulesets(access, repository) };
  } catch (error) {
    return { why: describeGitHubFailure(error) };
  }
}

export function judgeRepository({
  repository,
  environments,
  github,
  identity,
  protection,
}: RepositoryFacts): Finding[] {
  if (github === undefined) return [];
  const { name, id } = github;
  if (name !== repository) return [renamed(repository, name)];
  const isOther = typeof identity !== "string" && identity.id !== id;
  const values = { repository, id: String(id) };
  const problems = [
    ...(isOther
      ? [
          problem(
            "github.repository-replaced",
            repository,
            `the ledger has the id ${identity.id}, GitHub ${id}`,
            values,
          ),
        ]
      : []),
    ...judgeProtection(repository, environments, protection),
  ];
  return problemsOr(problems, "repositories", repository, `its id is ${id}; rulesets protect what is released`);
}

/** GitHub answers requests for a name in any upper and lower case; its events and tokens have the name exactly. */
function renamed(repository: string, name: string): Finding {
  const isSame = name.toLowerCase() === repository.toLowerCase();
  const seen = isSame ? `GitHub writes it ${name}` : `GitHub redirects its requests to ${name}`;
  return problem("github.repository-renamed", repository, seen, { name });
}

function judgeProtection(
  repository: string,
  environments: RepositoryConfiguration["environments"],
  protection: Protection,
): Finding[] {
  if ("why" in protection) return [problem("github.rules-unreadable", repository, protection.why)];
  return Object.entries(environments).flatMap(([name, { on }]) => {
    const subject = `${repository} ${name}`;
    if (on.branch !== undefined) {
      const missing = missingForBranch(protection.branches[on.branch] ?? []);
      const seen = `no active ruleset of ${on.branch} ${missing.join(", and none ")}`;
      return missing.length === 0 ? [] : [problem("github.branch-unprotected", subject, seen)];
    }
    const missing = missingForTag(protection.tags, on.tag ?? "", on.by !== undefined);
    const seen = `no active ruleset for tags like ${on.tag} ${missing.join(", and none ")}`;
    return missing.length === 0 ? [] : [problem("github.tags-unprotected", subject, seen)];
  });
}

function missingForBranch(rules: readonly string[]): string[] {
  const has = (...types: string[]) => types.some((type) => rules.includes(type));
  return [
    ...(has("pull_request", "update", "merge_queue") ? [] : ["requires pull requests or restricts updates"]),
    ...(has("non_fast_forward", "update") ? [] : ["blocks force pushes"]),
  ];
}

/** @param isRestricted `on.by` decides who may tag */
function missingForTag(rulesets: readonly Ruleset[], pattern: string, isRestricted: boolean): string[] {
  const example = `refs/tags/${pattern.replaceAll("*", "1")}`;
  const rules = new Set(rulesets.filter((ruleset) => covers(ruleset, example)).flatMap((ruleset) => ruleset.rules));
  return [
    ...(isRestricted || rules.has("creation") ? [] : ["restricts creations"]),
    ...(rules.has("update") ? [] : ["restricts updates"]),
  ];
}

type Deployer = NonNullable<Installation["deployer"]>;
type DeployerFacts = { deployer: Deployer; github: Repository | { why: string } };

/** Does the deployer's role trust the subject of its repository's tokens, with GitHub's ids? */
export const deployerCheck = check("deployer", "Deployment of Lockmaster", {
  targets: ({ names, configuration: { installation } }) =>
    names === undefined || installation.deployer === undefined ? [] : [{ names, deployer: installation.deployer }],
  gather: async (context, { names, deployer }): Promise<DeployerFacts> => {
    try {
      const found = await readRepository(accessOf(context, names), deployer.repository);
      return { deployer, github: found ?? { why: "there are no credentials for GitHub" } };
    } catch (error) {
      return { deployer, github: { why: describeGitHubFailure(error) } };
    }
  },
  judge: judgeDeployer,
});

export function judgeDeployer({ deployer: { repository, ids }, github }: DeployerFacts): Finding[] {
  const subject = repository;
  if ("why" in github) {
    return ids === undefined
      ? [
          problem("deployer.ids-unknown", subject, `installation.deployer.ids is not set, and ${github.why}`, {
            repository,
          }),
        ]
      : [];
  }
  const { name, id, ownerId } = github;
  if (name !== repository) return [renamed(repository, name)];
  const values = { owner: String(ownerId), repository: String(id) };
  if (ids === undefined) {
    const seen = `installation.deployer.ids is not set; GitHub's ids are ${ownerId} and ${id}`;
    return [problem("deployer.ids-absent", subject, seen, values)];
  }
  if (ids.owner !== ownerId || ids.repository !== id) {
    const seen = `installation.deployer.ids has ${ids.owner} and ${ids.repository}; GitHub's ids are ${ownerId} and ${id}`;
    return [problem("deployer.ids-different", subject, seen, values)];
  }
  return problemsOr([], "deployer", subject, "installation.deployer.ids are GitHub's");
}
