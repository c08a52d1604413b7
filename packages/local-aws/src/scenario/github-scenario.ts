import * as v from "valibot";

const Sha = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/));
const Repository = v.pipe(v.string(), v.regex(/^[^/\s]+\/[^/\s]+$/));
const Count = v.pipe(v.number(), v.integer(), v.minValue(1));

/** A file that a commit changes. */
const ChangedFile = v.union([
  v.string(),
  v.strictObject({
    filename: v.string(),
    /** The previous name of a renamed file. */
    previous: v.string(),
  }),
]);

/** A commit of a repository on GitHub. */
const Commit = v.strictObject({
  repository: Repository,
  sha: Sha,
  /** Absent for the first commit of a history. */
  parent: v.optional(Sha),
  files: v.array(ChangedFile),
});

/** A tag of a repository, and its commit. */
const Tag = v.strictObject({
  repository: Repository,
  name: v.string(),
  sha: Sha,
  /** The tag is a git object of its own, as `git tag -a` creates it. */
  annotated: v.optional(v.boolean(), false),
});

/** A branch of a repository, and its newest commit. */
const Branch = v.strictObject({ repository: Repository, name: v.string(), sha: Sha });

/** A repository whose id or name matters. Others have an id that derives from their name. */
const KnownRepository = v.strictObject({
  name: Repository,
  id: v.optional(Count),
  ownerId: v.optional(Count),
  /** GitHub redirects requests for the old name. */
  renamedTo: v.optional(Repository),
});

/** A team of an organisation, and the logins of its members. */
const Team = v.strictObject({ organisation: v.string(), team: v.string(), members: v.array(v.string()) });

/** A ruleset of a repository, as far as it says which refs it protects from what. */
const Ruleset = v.strictObject({
  repository: Repository,
  target: v.picklist(["branch", "tag"]),
  enforcement: v.optional(v.picklist(["active", "evaluate", "disabled"]), "active"),
  include: v.array(v.string()),
  exclude: v.optional(v.array(v.string()), []),
  /** Types of its rules: `creation`, `update`, `deletion`, `non_fast_forward`, `pull_request`, … */
  rules: v.array(v.string()),
});

const Permissions = v.record(v.string(), v.picklist(["read", "write"]));

/** Settings of the webhook of a repository or an App. GitHub never returns its secret. */
const HookConfiguration = {
  url: v.string(),
  contentType: v.optional(v.picklist(["json", "form"]), "json"),
  insecureSsl: v.optional(v.boolean(), false),
  hasSecret: v.optional(v.boolean(), true),
  events: v.optional(v.array(v.string()), ["push", "pull_request"]),
};

/** A webhook of one repository. */
const Hook = v.strictObject({
  ...HookConfiguration,
  repository: Repository,
  active: v.optional(v.boolean(), true),
  /** Status of the answer to the last delivery; absent when GitHub has delivered nothing yet. */
  lastStatusCode: v.optional(v.number()),
});

/** A GitHub App, installed for the owners of its repositories. */
const App = v.strictObject({
  id: v.string(),
  /** In PEM format. GitHub keeps the public key of each private key that it issues. */
  publicKey: v.string(),
  permissions: v.optional(Permissions, { contents: "read", metadata: "read" }),
  repositories: v.array(Repository),
  /** Absent for an App without a webhook. */
  hook: v.optional(v.strictObject(HookConfiguration)),
});

/** A fine-grained personal access token. */
const PersonalToken = v.strictObject({
  token: v.string(),
  permissions: v.optional(Permissions, { contents: "read", metadata: "read" }),
  repositories: v.array(Repository),
});

/** One attempt of GitHub to deliver an event to the App's webhook. */
const Delivery = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^\d+$/)),
  guid: v.string(),
  deliveredAt: v.pipe(v.string(), v.isoTimestamp()),
  event: v.optional(v.string(), "push"),
  /** 0 when GitHub could not connect. */
  statusCode: v.optional(v.number(), 502),
  /** Status of the answer to a redelivery. */
  againStatusCode: v.optional(v.number(), 202),
});

/** An error or a delay in GitHub's answer to a request. */
const Trouble = v.strictObject({
  request: v.picklist([
    "installation",
    "token",
    "compare",
    "tags",
    "deliveries",
    "redelivery",
    "app",
    "hooks",
    "repository",
    "refs",
    "teams",
    "rulesets",
  ]),
  times: v.optional(Count),
  /** Status of the answer instead of the correct one. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599))),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  delaySeconds: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
});

/** The data on GitHub, and its errors. */
export const GitHubScenario = v.strictObject({
  commits: v.optional(v.array(Commit), []),
  apps: v.optional(v.array(App), []),
  /** These branches and tags stay as they are here. All others are as the deliveries of pushes say. */
  branches: v.optional(v.array(Branch), []),
  tags: v.optional(v.array(Tag), []),
  repositories: v.optional(v.array(KnownRepository), []),
  teams: v.optional(v.array(Team), []),
  rulesets: v.optional(v.array(Ruleset), []),
  tokens: v.optional(v.array(PersonalToken), []),
  deliveries: v.optional(v.array(Delivery), []),
  hooks: v.optional(v.array(Hook), []),
  troubles: v.optional(v.array(Trouble), []),
});

export type GitHubScenario = v.InferOutput<typeof GitHubScenario>;
export type Commit = v.InferOutput<typeof Commit>;
export type App = v.InferOutput<typeof App>;
export type Permissions = v.InferOutput<typeof Permissions>;
export type Hook = v.InferOutput<typeof Hook>;
export type Ruleset = v.InferOutput<typeof Ruleset>;
export type Trouble = v.InferOutput<typeof Trouble>;
