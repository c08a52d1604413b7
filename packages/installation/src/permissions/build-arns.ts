/** ARNs of what the builds of one repository use; `build-permissions.ts` has what they may do with it. */
import { parseEcrReference } from "@lockmaster/core/config/builds.ts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { BuildKind } from "../builds/build-kind.ts";
import { buildsOf, loginsOf } from "../builds/project-settings.ts";
import type { InstallationSite } from "../topology/names.ts";
import type { Statement } from "./policy.ts";

/** Resources of one repository: no project can access those of another repository. */
export type BuildResource =
  | "images"
  | "caches"
  | "log"
  | "connection"
  // Of `installation.builds`: none without the setting.
  | "bases"
  | "pullThroughCaches"
  | "importingCaches"
  | "logins"
  | "loginKeys";

export type BuildScope = {
  site: InstallationSite;
  configuration: Configuration;
  /** `owner/name` on GitHub. */
  repository: string;
  /** Name of the CodeBuild project. */
  project: string;
  /** ARN of the connection to GitHub. */
  connection: string;
};

type ArnsOf = (scope: BuildScope, kind: BuildKind) => string[];

const ofImages = ({ site, configuration, repository }: BuildScope, ending = ""): string[] =>
  Object.values(configuration.repositories[repository]?.images ?? {}).map(
    (image) => `arn:${site.partition}:ecr:${site.region}:${site.account}:repository/${image.repository}${ending}`,
  );
const settingsOf = ({ configuration, repository }: BuildScope) => buildsOf(configuration, repository);

/** The ARNs of each resource; none when the configuration has none. */
export const buildArns: Readonly<Record<BuildResource, ArnsOf>> = {
  images: (scope) => ofImages(scope),
  caches: (scope) => ofImages(scope, "-cache"),
  log: ({ site, project }) => [
    `arn:${site.partition}:logs:${site.region}:${site.account}:log-group:${buildLogGroup(project)}:*`,
  ],
  connection: ({ connection }) => [connection],
  bases: (scope) => settingsOf(scope).bases.flatMap((base) => ecrArns(base, scope.site)),
  pullThroughCaches: (scope) =>
    settingsOf(scope).pullThroughCaches.flatMap(({ prefix }) => ecrArns(prefix, scope.site, "/*")),
  importingCaches: (scope, kind) =>
    settingsOf(scope)
      .pullThroughCaches.filter(({ checks }) => kind === "build" || checks)
      .flatMap(({ prefix }) => ecrArns(prefix, scope.site, "/*")),
  logins: (scope, kind) => loginsOf(kind, settingsOf(scope)).map(({ secret }) => secretArn(secret, scope.site)),
  loginKeys: (scope, kind) =>
    unique(loginsOf(kind, settingsOf(scope)).flatMap(({ encryptionKey }) => encryptionKey ?? [])),
};

function ecrArns(reference: string, { partition }: InstallationSite, ending = ""): string[] {
  const repository = parseEcrReference(reference);
  if (repository === undefined) return [];
  return [`arn:${partition}:ecr:${repository.region}:${repository.account}:repository/${repository.name}${ending}`];
}

/** Secrets Manager appends a hyphen and six characters to the ARN of a secret. */
function secretArn(secret: string, { partition, region, account }: InstallationSite): string {
  return secret.startsWith("arn:")
    ? secret
    : `arn:${partition}:secretsmanager:${region}:${account}:secret:${secret}-??????`;
}

/** The condition of the permission on the keys: they are used for the logins' secrets alone, and through Secrets Manager alone. */
export function decryptionOf(kind: BuildKind, { site, configuration, repository }: BuildScope): Statement["Condition"] {
  const logins = loginsOf(kind, buildsOf(configuration, repository));
  const secrets = logins.flatMap(({ secret, encryptionKey }) =>
    encryptionKey === undefined ? [] : [secretArn(secret, site)],
  );
  const services = unique(secrets.map((arn) => `secretsmanager.${arn.split(":")[3] ?? ""}.amazonaws.com`));
  return {
    StringEquals: { "kms:ViaService": services },
    StringLike: { "kms:EncryptionContext:SecretARN": secrets },
  };
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

export const buildLogGroup = (project: string): string => `/aws/codebuild/${project}`;
