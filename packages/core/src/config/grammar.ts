/** Names and references as the services behind them accept them, each with a message that says what to write. */
import * as v from "valibot";

type Rule = { pattern: RegExp; longest: number; shortest?: number; rule: string };

/** A text with a length and a pattern; `rule` continues a sentence that begins with the text. */
export function matching({ pattern, longest, shortest = 1, rule }: Rule) {
  return v.pipe(
    v.string(),
    v.check(
      (text) => text.length >= shortest && text.length <= longest && pattern.test(text),
      ({ received }) => `${received} ${rule}`,
    ),
  );
}

/** As a key, such a name would be mistaken for what every JavaScript object inherits. */
const ordinary = v.check<string, v.ErrorMessage<v.CheckIssue<string>>>(
  (text) => !Object.hasOwn(Object.prototype, text),
  ({ received }) => `${received} is a name that every JavaScript object already has: choose another one`,
);

/** A name that the user chooses for an image, an environment or a service. Safe in keys, names and variables. */
export const Name = v.pipe(
  matching({
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
    longest: 40,
    rule: "is not a valid name: use up to 40 letters, digits, hyphens and underscores, beginning with a letter or digit",
  }),
  ordinary,
);

/** A time in ISO 8601 that JavaScript reads, too: the form alone permits 31 February. */
export const Timestamp = v.pipe(
  v.string(),
  v.maxLength(40, "is too long for a time: write it as in 2026-11-20T12:00:00Z"),
  v.isoTimestamp(({ received }) => `${received} is not a time: write it as in 2026-11-20T12:00:00Z`),
  v.check(
    (text) => !Number.isNaN(Date.parse(text)),
    ({ received }) => `${received} is not a time that exists: write it as in 2026-11-20T12:00:00Z`,
  ),
);

/** `owner/name` on GitHub. Names of managed users contain an underscore. */
export const RepositoryName = matching({
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
  longest: 140,
  rule: "is not a GitHub repository: write owner/name, as in acme/shop",
});

/** ECS, CreateCluster and CreateService: up to 255 letters, numbers, underscores and hyphens; container names alike. */
export const EcsName = matching({
  pattern: /^[A-Za-z0-9_-]+$/,
  longest: 255,
  rule: "is not an ECS name: use up to 255 letters, digits, hyphens and underscores; write the name, not the ARN",
});

/** The name of a container, which is a key of the configuration and of what is stored about a release. */
export const ContainerName = v.pipe(EcsName, ordinary);

/** An image repository with its registry, perhaps with a tag or digest: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/api:1`. */
const ecrUri = /^(?:https?:\/\/)?\d{12}\.dkr[.-]ecr[.-][^/]+\/([^:@]+)/;

const EcrName = matching({
  pattern: /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
  shortest: 2,
  longest: 256 - "-cache".length,
  rule: "",
});

/** ECR, CreateRepository: `repositoryName` has up to 256 characters; the cache of an image is in a repository beside it. */
export const EcrRepositoryName = v.pipe(
  v.string(),
  v.check(
    (text) => !ecrUri.test(text),
    ({ received, input }) =>
      `${received} is the URI of an image repository, and only its name belongs here: write ${JSON.stringify(ecrUri.exec(input)?.[1] ?? "")}`,
  ),
  v.check(
    // The other problem of a URI would be reported twice.
    (text) => ecrUri.test(text) || v.is(EcrName, text),
    ({ received }) =>
      `${received} is not an ECR repository name: use lower-case letters and digits, separated by single . _ - or /, without the registry, as in shop/frontend`,
  ),
);

/** A stage that a Dockerfile names with `AS`. */
export const StageName = matching({
  pattern: /^[A-Za-z][A-Za-z0-9._-]*$/,
  longest: 128,
  rule: "is not the name of a Dockerfile stage: use letters, digits, . _ and -, beginning with a letter",
});

/** A file or folder below another one. */
export const RelativePath = matching({
  pattern: /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\\p{Cc}]+$/u,
  longest: 255,
  rule: "is not a relative path: write it with / and without .. or a leading /, as in services/web",
});

/**
 * A path in which `*` and `**` are patterns, and which `!` negates. What other tools take for a pattern, and what no path is
 * likely to contain, is refused: it would silently match nothing.
 */
export const PathPattern = v.pipe(
  v.string(),
  v.check(
    (text) => v.is(RelativePath, text.replace(/^!/, "")),
    ({ received }) =>
      `${received} is not a relative path: write it with / and without .. or a leading /, as in services/web/**`,
  ),
  v.check(
    (text) => !/\{[^{}/]*,[^{}]*\}/.test(text),
    ({ received }) => `${received} has alternatives in braces, which are not understood: write a path for each of them`,
  ),
  v.check(
    (text) => !text.includes("?"),
    ({ received }) => `${received} has a ?, which stands for no other character here: write * instead`,
  ),
);

/**
 * What may follow `refs/heads/` or `refs/tags/` by git's own rules (git-check-ref-format), except invisible and bidirectional
 * characters, with which a ref could be shown as another one.
 */
const refPattern =
  /^(?!.*(?!\u200C|\u200D)[\p{Cf}\p{Zl}\p{Zp}])(?![/.-])(?!.*(?:\/\/|\/\.|\.\.|@\{|\.lock(?:\/|$)))(?!@$)[^\p{Cc} ~^:?*[\\]*[^\p{Cc} ~^:?*[\\/.]$/u;

/**
 * A branch by git's rules. They permit characters that a shell interprets: builds get a ref as a variable, never as part of a
 * command.
 */
export const BranchName = matching({
  pattern: refPattern,
  longest: 244,
  rule: "is not a branch: write its full name without refs/heads/ and without patterns, as in main",
});

/** A commit: 40 hexadecimal digits, and not git's zeros for no commit. */
export const CommitId = matching({
  pattern: /^(?!0{40})[0-9a-f]{40}$/,
  longest: 40,
  rule: "is not a commit: write 40 lower-case hexadecimal digits",
});

/** A tag, for which git has the same rules as for branches. */
export const TagName = matching({
  pattern: refPattern,
  longest: 244,
  rule: "is not a tag: write its full name without refs/tags/, as in v1.0.0",
});

/** A pattern for tags: a tag by git's rules, in which `*` stands for any characters except `/`. */
export const TagPattern = matching({
  pattern:
    /^(?!.*(?!\u200C|\u200D)[\p{Cf}\p{Zl}\p{Zp}])(?![/.-])(?!.*(?:\/\/|\/\.|\.\.|@\{|\.lock(?:\/|$)))[^\p{Cc} ~^:?[\\]+$/u,
  longest: 244,
  rule: "is not a pattern for tags: write it without refs/tags/, with * for any characters, as in v*",
});

/** IAM: ARN of a role, in any partition. */
export const RoleArn = matching({
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  longest: 640,
  rule: "is not the ARN of a role: write it as in arn:aws:iam::111122223333:role/lockmaster-production",
});

export const RegionName = matching({
  pattern: /^[a-z]{2}(?:-[a-z]+)+-\d$/,
  longest: 30,
  rule: "is not an AWS region: write it as in eu-central-1",
});

/** ECS, RegisterTaskDefinition: `family`. */
export const FamilyPattern = matching({
  pattern: /^[A-Za-z0-9_-]+\*?$/,
  longest: 256,
  rule: "is not a family of task definitions: use letters, digits, hyphens and underscores, and * at the end for any ending, as in shop-production-*",
});

/** IAM: path and name of a role. */
export const RoleNamePattern = matching({
  pattern: /^[\w+=,.@-]+(?:\/[\w+=,.@-]+)*\*?$/,
  longest: 512,
  rule: "is not the name of a role: write its path, if it has one, and its name, not the ARN, and * at the end for any ending, as in shop-production-*",
});

/** CloudWatch Logs, CreateLogGroup: `logGroupName`. */
export const LogGroupPattern = matching({
  pattern: /^[\w./#-]+\*?$/,
  longest: 513,
  rule: "is not a log group: write its name, with * at the end for any ending, as in /ecs/shop-production-*",
});

/** IAM: ARN of a managed policy, one of AWS or of the account. */
export const PolicyArn = matching({
  pattern: /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]+$/,
  longest: 640,
  rule: "is not the ARN of a policy: write it as in arn:aws:iam::111122223333:policy/boundary",
});

/** IAM: ARN of an OpenID Connect provider. */
export const ProviderArn = matching({
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/[\w./-]+$/,
  longest: 512,
  rule: "is not the ARN of an OpenID Connect provider: write it as in arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
});

/** CodeConnections, formerly CodeStar Connections: both prefixes are valid. */
export const ConnectionArn = matching({
  pattern: /^arn:aws[a-z-]*:code(?:connections|star-connections):[a-z0-9-]+:\d{12}:connection\/[\w-]+$/,
  longest: 256,
  rule: "is not the ARN of a connection: write it as in arn:aws:codeconnections:eu-west-1:111122223333:connection/0a1b2c3d-…",
});

/** A user of GitHub or an app (`renovate[bot]`), or a team of an organisation. */
export const Requester = matching({
  pattern: /^(?:[A-Za-z0-9_-]+(?:\[bot\])?|team:[A-Za-z0-9_-]+\/[a-z0-9_-]+)$/,
  longest: 200,
  rule: "is neither a login at GitHub, as in octocat, nor a team, as in team:acme/release-managers",
});

/** SST's rule for names of apps, in lower case as ECR requires. */
export const InstallationName = matching({
  pattern: /^[a-z][a-z0-9-]*$/,
  longest: 20,
  rule: "is not a valid name of an installation: use up to 20 lower-case letters, digits and hyphens, beginning with a letter",
});

/** ACM: ARN of a certificate. */
export const CertificateArn = matching({
  pattern: /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
  longest: 256,
  rule: "is not the ARN of a certificate: write it as in arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-…",
});

/** Secrets Manager: ARN of a secret, with the parts that ECS accepts after it: a key of its JSON, a stage, a version. */
export const SecretArn = matching({
  pattern: /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(?::[^:]*:[^:]*:[^:]*)?$/,
  longest: 2048,
  rule: "is not the ARN of a secret: write it as in arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/database-AbCdEf",
});
