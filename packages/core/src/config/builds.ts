/** What the builds of a repository need beside their own source and registry. Only the installation reads it, never a release. */
import * as v from "valibot";
import { EcrRepositoryName, matching } from "./grammar.ts";

/** Secrets Manager: name of a secret, or its ARN with the hyphen and six characters that AWS adds to the name. */
const SecretReference = matching({
  pattern:
    /^(?:(?!arn:)[\w/+=.@-]{1,512}|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6})$/,
  longest: 2048,
  rule: "is not a secret: write its name, as in shop/docker-hub, or its whole ARN, as in arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/docker-hub-AbCdEf",
});

/** KMS: ARN of a key. An alias is no resource of a policy: docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html */
const KeyArn = matching({
  pattern: /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
  longest: 256,
  rule: "is not the ARN of a key: write that of the key itself, not of an alias, as in arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-…",
});

const dockerHub = /^(?:(?:hub|index|registry-1|registry|www)\.docker\.(?:io|com)|docker\.com)$/;
const privateEcr = /^\d{12}\.dkr[.-]ecr/;
const host = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?::\d{1,5})?$/;

/** A registry as the first part of a `FROM` line has it; Docker Hub's own name there is `docker.io`. */
const RegistryHost = v.pipe(
  v.string(),
  v.check(
    (text) => !dockerHub.test(text),
    ({ received }) => `${received} is not how images of Docker Hub are named: write docker.io`,
  ),
  v.check(
    (text) => !privateEcr.test(text),
    ({ received }) => `${received} is a registry of ECR, which takes no password: name its repositories in bases`,
  ),
  v.check(
    (text) => text !== "public.ecr.aws",
    ({ received }) => `${received} needs no login: remove it`,
  ),
  v.check(
    (text) => privateEcr.test(text) || (text.length <= 255 && host.test(text)),
    ({ received }) =>
      `${received} is not the host of a registry: write it without https:// and without a path, in lower case, as in ghcr.io`,
  ),
);

/** A login to a registry. Its secret is JSON with a `username` and a `password`. */
const Login = v.strictObject({
  registry: RegistryHost,
  /** Name or whole ARN of the secret in Secrets Manager. */
  secret: SecretReference,
  /** ARN of the customer-managed key that encrypts the secret; none for the key that AWS manages. */
  encryptionKey: v.optional(KeyArn),
  /**
   * Whether checks of pull requests log in as well: their Dockerfile is not reviewed, and can pull all that the login may pull.
   */
  checks: v.optional(v.boolean(), false),
});

const ecrReference = /^(\d{12})\.dkr\.ecr\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com\/(.+)$/;

/** A repository of ECR, or the beginning of the names of repositories, as a `FROM` line names it. */
export type EcrReference = { host: string; account: string; region: string; name: string };

/** @returns undefined for a text that the configuration does not accept */
export function parseEcrReference(text: string): EcrReference | undefined {
  const [, account, region, name] = ecrReference.exec(text) ?? [];
  if (account === undefined || region === undefined || !v.is(EcrRepositoryName, name)) return undefined;
  return { host: text.slice(0, text.indexOf("/")), account, region, name };
}

const isEcrReference = (text: string): boolean => parseEcrReference(text) !== undefined;

const withTag = /^[^/]+\/[^:@]+[:@]/;
const EcrRepository = v.pipe(
  v.string(),
  v.check(
    (text) => !withTag.test(text),
    ({ received }) => `${received} has a tag or a digest: write the repository alone, which allows all its images`,
  ),
  v.check(
    (text) => withTag.test(text) || isEcrReference(text),
    ({ received }) =>
      `${received} is not a repository of ECR: write it as a FROM line does, without the tag, as in 111122223333.dkr.ecr.eu-central-1.amazonaws.com/platform/node`,
  ),
);

/** The repositories of one pull-through cache rule. */
const PullThroughCache = v.strictObject({
  /** Registry and the rule's prefix: `111122223333.dkr.ecr.eu-central-1.amazonaws.com/docker-hub`. */
  prefix: v.pipe(
    v.string(),
    v.check(
      isEcrReference,
      ({ received }) =>
        `${received} is not a registry of ECR and the prefix of a pull-through cache rule: write it as in 111122223333.dkr.ecr.eu-central-1.amazonaws.com/docker-hub`,
    ),
  ),
  /** Whether checks of pull requests import images into the cache; without it they only pull what it has. */
  checks: v.optional(v.boolean(), false),
});

const few = <const Item extends v.GenericSchema>(item: Item, most: number) =>
  v.optional(v.pipe(v.array(item), v.maxLength(most, `has too many entries: write at most ${most}`)), []);

/** The builds of one repository. */
export const RepositoryBuilds = v.strictObject({
  /** Whether CodeBuild fetches the submodules of the source. */
  submodules: v.optional(v.boolean(), false),
  /** Whether builds fetch the files of Git LFS. */
  lfs: v.optional(v.boolean(), false),
  logins: few(Login, 10),
  /** Repositories of ECR that `FROM` lines name, in any account and region. */
  bases: few(EcrRepository, 20),
  pullThroughCaches: few(PullThroughCache, 10),
});

export type RepositoryBuilds = v.InferOutput<typeof RepositoryBuilds>;
