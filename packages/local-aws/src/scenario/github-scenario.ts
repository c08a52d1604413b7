import * as v from "valibot";

const Sha = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/));
const Repository = v.pipe(v.string(), v.regex(/^[^/\s]+\/[^/\s]+$/));
const Count = v.pipe(v.number(), v.integer(), v.minValue(1));

/** A file by which a commit differs from its parent. */
const ChangedFile = v.union([
  v.string(),
  v.strictObject({
    filename: v.string(),
    /** Its name before; only for one that was renamed. */
    previous: v.string(),
  }),
]);

/** A commit that GitHub knows. */
const Commit = v.strictObject({
  repository: Repository,
  sha: Sha,
  /** None for the first commit of a history. */
  parent: v.optional(Sha),
  files: v.array(ChangedFile),
});

const Permissions = v.record(v.string(), v.picklist(["read", "write"]));

/** How the webhook of a repository, or of the App, is set up; its secret is never told. */
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
  /** What the last delivery was answered with; nothing was delivered yet when absent. */
  lastStatusCode: v.optional(v.number()),
});

/** A GitHub App, installed for its repositories' owners. */
const App = v.strictObject({
  id: v.string(),
  /** In PEM; GitHub keeps the public key of each private key that it hands out. */
  publicKey: v.string(),
  permissions: v.optional(Permissions, { contents: "read", metadata: "read" }),
  repositories: v.array(Repository),
  /** Its webhook, when it has one. */
  hook: v.optional(v.strictObject(HookConfiguration)),
});

/** A fine-grained personal access token. */
const PersonalToken = v.strictObject({
  token: v.string(),
  permissions: v.optional(Permissions, { contents: "read", metadata: "read" }),
  repositories: v.array(Repository),
});

/** One try of GitHub's to deliver an event to the App's webhook. */
const Delivery = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^\d+$/)),
  guid: v.string(),
  deliveredAt: v.pipe(v.string(), v.isoTimestamp()),
  event: v.optional(v.string(), "push"),
  statusCode: v.optional(v.number(), 502),
  /** What comes of it when somebody asks for it again. */
  againStatusCode: v.optional(v.number(), 202),
});

/** How GitHub answers a request otherwise than it should. */
const Trouble = v.strictObject({
  request: v.picklist(["installation", "token", "compare", "deliveries", "redelivery", "app", "hooks"]),
  times: v.optional(Count),
  /** Of the answer, in the place of the right one. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599))),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  delaySeconds: v.optional(v.pipe(v.number(), v.minValue(0)), 0),
});

/** What GitHub knows, and what goes wrong with it. */
export const GitHubScenario = v.strictObject({
  commits: v.optional(v.array(Commit), []),
  apps: v.optional(v.array(App), []),
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
