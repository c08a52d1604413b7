import { taskDefinitionsOf } from "@lockmaster/core/config/task-definitions.ts";
import type { Configuration, RepositoryConfiguration } from "@lockmaster/core/config/schema.ts";
import { cacheRules, imageRules, type LifecycleRule } from "./lifecycle.ts";
import type { Place } from "./names.ts";

/** The ECR repositories that were created, by name. */
export type Registries = Readonly<Record<string, aws.ecr.Repository>>;

type Image = { repository: string; readers: readonly string[] };

/** An ECR repository for each image and another for its build cache, except those that exist already. */
export function registries({ place, configuration }: { place: Place; configuration: Configuration }): Registries {
  const { scanning, registries: settings } = configuration.installation;
  const images = imagesOf(configuration, place);
  if (scanning === "enhanced") enhancedScanning(images);
  const missing = images.filter(({ repository }) => !settings.existing.includes(repository));
  return Object.fromEntries(
    missing.flatMap(({ repository, readers }) => {
      const created = ecrRepository(repository, {
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: scanning === "basic" },
        rules: imageRules(settings.unreleasedDays),
      });
      if (readers.length > 0) readableFromElsewhere(repository, created, readers);
      const cache = `${repository}-cache`;
      const kept = {
        imageTagMutability: "MUTABLE",
        imageScanningConfiguration: { scanOnPush: false },
        rules: cacheRules(),
      };
      return [
        [repository, created],
        [cache, ecrRepository(cache, kept)],
      ];
    }),
  );
}

type RepositoryArgs = Pick<aws.ecr.RepositoryArgs, "imageTagMutability" | "imageScanningConfiguration"> & {
  rules: readonly LifecycleRule[];
};

function ecrRepository(name: string, { rules, ...args }: RepositoryArgs): aws.ecr.Repository {
  const removable = $app.removal === "remove";
  const repository = new aws.ecr.Repository(
    `Registry-${name}`,
    { name, ...args, encryptionConfigurations: [{ encryptionType: "AES256" }], forceDelete: removable },
    // What runs is pulled from here, long after Lockmaster is gone.
    { retainOnDelete: !removable },
  );
  new aws.ecr.LifecyclePolicy(`Registry-${name}-lifecycle`, {
    repository: repository.name,
    policy: JSON.stringify({ rules }),
  });
  return repository;
}

/** Roles of tasks in other accounts may pull: there, IAM alone cannot allow it. */
function readableFromElsewhere(name: string, repository: aws.ecr.Repository, roles: readonly string[]): void {
  const accounts = [...new Set(roles.map((role) => role.replace(/:role\/.*$/, ":root")))];
  new aws.ecr.RepositoryPolicy(`Registry-${name}-readers`, {
    repository: repository.name,
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: accounts },
          Action: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
          Condition: { ArnLike: { "aws:PrincipalArn": roles } },
        },
      ],
    }),
  });
}

/**
 * Amazon Inspector in place of ECR's own scanner. This is one setting for the whole account and region, and replaces the one that is
 * there: repositories that are not named here are not scanned any more.
 * docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryScanningConfiguration.html
 */
function enhancedScanning(images: readonly Image[]): void {
  new aws.ecr.RegistryScanningConfiguration("Scanning", {
    scanType: "ENHANCED",
    rules: [
      {
        scanFrequency: "CONTINUOUS_SCAN",
        repositoryFilters: images.map(({ repository }) => ({ filter: repository, filterType: "WILDCARD" })),
      },
    ],
  });
}

/** Each repository once, with the roles elsewhere that pull from it. */
function imagesOf({ repositories }: Configuration, place: Place): Image[] {
  const found = new Map<string, Set<string>>();
  for (const { images, environments } of Object.values(repositories)) {
    for (const [image, { repository }] of Object.entries(images)) {
      const readers = Object.values(environments)
        .filter(({ services }) =>
          Object.values(services).some(({ containers }) => Object.values(containers).includes(image)),
        )
        .flatMap((environment) => rolesElsewhere(environment, place));
      found.set(repository, new Set([...(found.get(repository) ?? []), ...readers]));
    }
  }
  return [...found].map(([repository, readers]) => ({ repository, readers: [...readers] }));
}

type Environment = RepositoryConfiguration["environments"][string];

function rolesElsewhere(environment: Environment, { partition, account }: Place): string[] {
  const owner = environment.account?.role.split(":")[4];
  if (owner === undefined || owner === account) return [];
  return taskDefinitionsOf(environment).roles.map((role) => `arn:${partition}:iam::${owner}:role/${role}`);
}
