/** Names and references as the services behind them accept them, each with a message that says what would be right. */
import * as v from "valibot";

type Rule = { pattern: RegExp; longest: number; shortest?: number; rule: string };

function matching({ pattern, longest, shortest = 1, rule }: Rule) {
  return v.pipe(
    v.string(),
    v.check(
      (text) => text.length >= shortest && text.length <= longest && pattern.test(text),
      ({ received }) => `${received} ${rule}`,
    ),
  );
}

/** A name of ours: images, environments and services as the configuration calls them. Safe in keys, names and variables. */
export const Name = matching({
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  longest: 40,
  rule: "is no name: up to 40 letters, digits, hyphens and underscores, beginning with a letter or digit",
});

/** `owner/name` as GitHub writes it. Owners of managed users contain an underscore. */
export const RepositoryName = matching({
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
  longest: 140,
  rule: "is no GitHub repository: write owner/name, as in acme/shop",
});

/** ECS, CreateCluster and CreateService: up to 255 letters, numbers, underscores and hyphens; container names alike. */
export const EcsName = matching({
  pattern: /^[A-Za-z0-9_-]+$/,
  longest: 255,
  rule: "is no ECS name: up to 255 letters, digits, hyphens and underscores; write the name, not the ARN",
});

/** ECR, CreateRepository: `repositoryName` has up to 256 characters; the cache of an image is in a repository beside it. */
export const EcrRepositoryName = matching({
  pattern: /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/,
  shortest: 2,
  longest: 256 - "-cache".length,
  rule: "is no ECR repository name: lower-case letters and digits, separated by single . _ - or /, without the registry, as in shop/frontend",
});

/** A stage that a Dockerfile names with `AS`. */
export const StageName = matching({
  pattern: /^[A-Za-z][A-Za-z0-9._-]*$/,
  longest: 128,
  rule: "is no name of a Dockerfile stage: letters, digits, . _ and -, beginning with a letter",
});

/** A file or folder below another one. */
export const RelativePath = matching({
  pattern: /^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\\p{Cc}]+$/u,
  longest: 255,
  rule: "is no relative path: write it from there on, with / and without .., as in services/web",
});

/** What may follow `refs/heads/` or `refs/tags/` by git's own rules (git-check-ref-format). */
const refPattern =
  /^(?![/.-])(?!.*(?:\/\/|\/\.|\.\.|@\{|\.lock(?:\/|$)))(?!@$)[^\p{Cc} ~^:?*[\\]*[^\p{Cc} ~^:?*[\\/.]$/u;

/**
 * A branch by git's rules. Signs that a shell would act on are legal in it: a ref goes to builds as a variable, never as
 * text of a command.
 */
export const BranchName = matching({
  pattern: refPattern,
  longest: 244,
  rule: "is no branch: write its name in full, without refs/heads/ and without patterns, as in main",
});

/** A commit: 40 hexadecimal digits, and not the zeros with which git says that there is none. */
export const CommitId = matching({
  pattern: /^(?!0{40})[0-9a-f]{40}$/,
  longest: 40,
  rule: "is no commit: 40 lower-case hexadecimal digits",
});

/** A tag, which git holds to the rules of branches. */
export const TagName = matching({
  pattern: refPattern,
  longest: 244,
  rule: "is no tag: write its name in full, without refs/tags/, as in v1.0.0",
});

/** A pattern for tags: a tag by git's rules, in which `*` stands for any signs but `/`. */
export const TagPattern = matching({
  pattern: /^(?![/.-])(?!.*(?:\/\/|\/\.|\.\.|@\{|\.lock(?:\/|$)))[^\p{Cc} ~^:?[\\]+$/u,
  longest: 244,
  rule: "is no pattern for tags: write the tag without refs/tags/, * standing for anything, as in v*",
});

/** IAM: ARN of a role, in any partition. */
export const RoleArn = matching({
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  longest: 640,
  rule: "is no ARN of a role, as in arn:aws:iam::111122223333:role/lockmaster-production",
});

export const RegionName = matching({
  pattern: /^[a-z]{2}(?:-[a-z]+)+-\d$/,
  longest: 30,
  rule: "is no AWS region, as in eu-central-1",
});

/** ECS, RegisterTaskDefinition: `family`. */
export const FamilyPattern = matching({
  pattern: /^[A-Za-z0-9_-]+\*?$/,
  longest: 256,
  rule: "is no family of task definitions: letters, digits, hyphens and underscores, and * at the end for all that begin so, as in shop-production-*",
});

/** IAM: path and name of a role. */
export const RoleNamePattern = matching({
  pattern: /^[\w+=,.@-]+(?:\/[\w+=,.@-]+)*\*?$/,
  longest: 512,
  rule: "is no name of a role: write it without its ARN, with its path when it has one, and * at the end for all that begin so, as in shop-production-*",
});

/** CloudWatch Logs, CreateLogGroup: `logGroupName`. */
export const LogGroupPattern = matching({
  pattern: /^[\w./#-]+\*?$/,
  longest: 513,
  rule: "is no log group: write its name, with * at the end for all that begin so, as in /ecs/shop-production-*",
});

/** IAM: ARN of a managed policy, AWS's own included. */
export const PolicyArn = matching({
  pattern: /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]+$/,
  longest: 640,
  rule: "is no ARN of a policy, as in arn:aws:iam::111122223333:policy/boundary",
});

/** IAM: ARN of an OpenID Connect provider. */
export const ProviderArn = matching({
  pattern: /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/[\w./-]+$/,
  longest: 512,
  rule: "is no ARN of a provider, as in arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
});

/** CodeConnections, which was CodeStar Connections: both prefixes are valid. */
export const ConnectionArn = matching({
  pattern: /^arn:aws[a-z-]*:code(?:connections|star-connections):[a-z0-9-]+:\d{12}:connection\/[\w-]+$/,
  longest: 256,
  rule: "is no ARN of a connection, as in arn:aws:codeconnections:eu-west-1:111122223333:connection/0a1b2c3d-…",
});

/** SST's rule for names of apps, in lower case, as ECR demands it of names. */
export const InstallationName = matching({
  pattern: /^[a-z][a-z0-9-]*$/,
  longest: 20,
  rule: "is no name for an installation: up to 20 lower-case letters, digits and hyphens, beginning with a letter",
});

/** ACM: ARN of a certificate. */
export const CertificateArn = matching({
  pattern: /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
  longest: 256,
  rule: "is no ARN of a certificate, as in arn:aws:acm:eu-west-1:111122223333:certificate/0a1b2c3d-…",
});

/** Secrets Manager: ARN of a secret, and after it what ECS takes: a key of its JSON, a stage, a version. */
export const SecretArn = matching({
  pattern: /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(?::[^:]*:[^:]*:[^:]*)?$/,
  longest: 2048,
  rule: "is no ARN of a secret, as in arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/database-AbCdEf",
});
