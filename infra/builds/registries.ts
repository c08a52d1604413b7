import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { imageRepositories, type ImageRepository } from "@lockmaster/installation/images/image-repositories.ts";
import { repositoryPolicy } from "@lockmaster/installation/images/repository-policy.ts";
import { cacheRules, imageRules, type LifecycleRule } from "@lockmaster/installation/images/lifecycle.ts";
import type { InstallationSite } from "@lockmaster/installation/topology/names.ts";

/** An ECR repository for each image and another for its build cache, except for repositories that exist already. */
export function registries({ site, configuration }: { site: InstallationSite; configuration: Configuration }): void {
  const { scanning, registries: settings } = configuration.installation;
  const images = imageRepositories(configuration, site);
  if (scanning === "enhanced") enhancedScanning(images);
  for (const { repository, readers } of images) {
    if (settings.existing.includes(repository)) continue;
    const created = ecrRepository(repository, {
      imageTagMutability: "IMMUTABLE",
      imageScanningConfiguration: { scanOnPush: scanning === "basic" },
      rules: imageRules(settings.unreleasedDays),
    });
    if (readers.length > 0) readableFromElsewhere(repository, created, readers);
    ecrRepository(`${repository}-cache`, {
      imageTagMutability: "MUTABLE",
      imageScanningConfiguration: { scanOnPush: false },
      rules: cacheRules(),
    });
  }
}

type RepositoryArgs = Pick<aws.ecr.RepositoryArgs, "imageTagMutability" | "imageScanningConfiguration"> & {
  rules: readonly LifecycleRule[];
};

function ecrRepository(name: string, { rules, ...args }: RepositoryArgs): aws.ecr.Repository {
  const removable = $app.removal === "remove";
  const repository = new aws.ecr.Repository(
    `Registry-${name}`,
    { name, ...args, encryptionConfigurations: [{ encryptionType: "AES256" }], forceDelete: removable },
    // Running services pull from it, even after Lockmaster is uninstalled.
    { retainOnDelete: !removable },
  );
  new aws.ecr.LifecyclePolicy(`Registry-${name}-lifecycle`, {
    repository: repository.name,
    policy: JSON.stringify({ rules }),
  });
  return repository;
}

function readableFromElsewhere(name: string, repository: aws.ecr.Repository, roles: readonly string[]): void {
  new aws.ecr.RepositoryPolicy(`Registry-${name}-readers`, {
    repository: repository.name,
    policy: repositoryPolicy(roles),
  });
}

/**
 * Uses Amazon Inspector instead of ECR's basic scanning. This is one setting for the whole account and region and replaces the
 * existing one: ECR stops scanning repositories that are not named here.
 * docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutRegistryScanningConfiguration.html
 */
function enhancedScanning(images: readonly ImageRepository[]): void {
  new aws.ecr.RegistryScanningConfiguration("Scanning", {
    scanType: "ENHANCED",
    rules: [
      {
        scanFrequency: "CONTINUOUS_SCAN",
        repositoryFilters: images.map(({ repository }) => ({ filter: endingIn(repository), filterType: "WILDCARD" })),
      },
    ],
  });
}

/**
 * The closest filter to one repository. Without a wildcard it would match every name that contains the repository's, including its
 * cache, whose scans cost money. docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html
 */
const endingIn = (repository: string): string => `*${repository}`;
