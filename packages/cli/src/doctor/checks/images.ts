import {
  DescribeRepositoriesCommand,
  GetRegistryScanningConfigurationCommand,
  type Repository,
} from "@aws-sdk/client-ecr";
import type { ReadResult } from "../checking/aws-reader.ts";
import { check } from "../checking/check.ts";
import { problem, problemsOr, type Finding } from "../checking/finding.ts";

type Facts = {
  repository: string;
  found: ReadResult<Repository>;
  /** Whether an environment requires a scan. */
  scanRequired: boolean;
  /** Whether the repository or the registry's rules scan its images. */
  imagesAreScanned: ReadResult<boolean>;
};

/** Can images be pushed and scanned? */
export const imagesCheck = check("images", "Image repositories", {
  targets: ({ scope }) => [...new Map(scope.images.map((target) => [target.image.repository, target])).values()],
  gather: async ({ aws, home: { clients } }, { image, configuration }): Promise<Facts> => {
    const { repository } = image;
    const found = await aws.read(
      { action: "ecr:DescribeRepositories", resource: repository, absent: ["RepositoryNotFoundException"] },
      async () => {
        const { repositories = [] } = await clients.ecr.send(
          new DescribeRepositoriesCommand({ repositoryNames: [repository] }),
        );
        return repositories[0] ?? "absent";
      },
    );
    const scanRequired = Object.values(configuration.environments).some(({ gates }) => gates.scan.enabled);
    const scanOnPush = typeof found === "object" && found.imageScanningConfiguration?.scanOnPush === true;
    if (scanOnPush || !scanRequired) return { repository, found, scanRequired, imagesAreScanned: scanOnPush };
    const imagesAreScanned = await aws.read(
      { action: "ecr:GetRegistryScanningConfiguration", resource: "*" },
      async () => {
        const { scanningConfiguration } = await clients.ecr.send(new GetRegistryScanningConfigurationCommand({}));
        const filters = (scanningConfiguration?.rules ?? []).flatMap(({ repositoryFilters = [] }) => repositoryFilters);
        return filters.some(({ filter = "" }) => matches(filter, repository));
      },
    );
    return { repository, found, scanRequired, imagesAreScanned };
  },
  judge: judgeImages,
});

/** In a filter of the registry, `*` matches any text. */
function matches(filter: string, repository: string): boolean {
  const parts = filter.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(repository);
}

export function judgeImages({ repository, found, scanRequired, imagesAreScanned }: Facts): Finding[] {
  if (found === "unknown") return [];
  if (found === "absent") return [problem("image.repository-absent", repository, "the repository does not exist")];
  const problems = [];
  if (found.imageTagMutability === "MUTABLE") {
    problems.push(problem("image.tags-mutable", repository, "its tags are mutable", { repository }));
  }
  if (scanRequired && imagesAreScanned === false) {
    problems.push(
      problem("image.scan-off", repository, "neither the repository nor the registry scans images", { repository }),
    );
  }
  return problemsOr(problems, "images", repository, "exists, with immutable tags");
}
