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
const Tag = v.strictObject({ repository: Repository, name: v.string(), sha: Sha });

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
  request: v.picklist(["installation", "token", "compare", "tags", "deliveries", "redelivery", "app", "hooks"]),
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
  tags: v.optional(v.array(Tag), []),
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
export type Trouble = v.InferOutput<typeof Trouble>;
