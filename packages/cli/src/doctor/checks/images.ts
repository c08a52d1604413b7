import {
  DescribeRepositoriesCommand,
  GetRegistryScanningConfigurationCommand,
  type Repository,
} from "@aws-sdk/client-ecr";
import type { Seen } from "../checking/asking.ts";
import { check } from "../checking/check.ts";
import { trouble, troublesOr, type Finding } from "../checking/finding.ts";

type Facts = {
  repository: string;
  found: Seen<Repository>;
  /** Whether some environment asks for a scan of what is in it. */
  scanAsked: boolean;
  /** Whether the registry's own rules have it scanned; only asked where the repository does not say so itself. */
  registryScans: Seen<boolean>;
};

/** Can images be pushed and judged? */
export const imagesCheck = check("images", "Image repositories", {
  targets: ({ scope }) => [...new Map(scope.images.map((target) => [target.image.repository, target])).values()],
  gather: async ({ asking, home: { clients } }, { image, configuration }): Promise<Facts> => {
    const { repository } = image;
    const found = await asking.ask(
      { action: "ecr:DescribeRepositories", resource: repository, absent: ["RepositoryNotFoundException"] },
      async () => {
        const { repositories = [] } = await clients.ecr.send(
          new DescribeRepositoriesCommand({ repositoryNames: [repository] }),
        );
        return repositories[0] ?? "absent";
      },
    );
    const scanAsked = Object.values(configuration.environments).some(({ gates }) => gates.scan.enabled);
    const scanOnPush = typeof found === "object" && found.imageScanningConfiguration?.scanOnPush === true;
    if (scanOnPush || !scanAsked) return { repository, found, scanAsked, registryScans: scanOnPush };
    const registryScans = await asking.ask(
      { action: "ecr:GetRegistryScanningConfiguration", resource: "*" },
      async () => {
        const { scanningConfiguration } = await clients.ecr.send(new GetRegistryScanningConfigurationCommand({}));
        const filters = (scanningConfiguration?.rules ?? []).flatMap(({ repositoryFilters = [] }) => repositoryFilters);
        return filters.some(({ filter = "" }) => matches(filter, repository));
      },
    );
    return { repository, found, scanAsked, registryScans };
  },
  judge: judgeImages,
});

/** A filter of the registry's is a name with `*` for anything. */
function matches(filter: string, repository: string): boolean {
  const parts = filter.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`).test(repository);
}

export function judgeImages({ repository, found, scanAsked, registryScans }: Facts): Finding[] {
  if (found === "unseen") return [];
  if (found === "absent") return [trouble("image.repository-absent", repository, "there is no such repository")];
  const troubles = [];
  if (found.imageTagMutability === "MUTABLE") {
    troubles.push(trouble("image.tags-mutable", repository, "its tags are mutable", { repository }));
  }
  if (scanAsked && registryScans === false) {
    troubles.push(
      trouble("image.scan-off", repository, "neither it nor the registry scans what is pushed", { repository }),
    );
  }
  return troublesOr(troubles, "images", repository, "there, with immutable tags");
}
