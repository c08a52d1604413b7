/** Which repositories Amazon Inspector scans. */
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { InvalidInputError } from "@lockmaster/core/lib/errors.ts";
import type { InstallationSite } from "../topology/names.ts";
import { imageRepositories } from "./image-repositories.ts";

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegistryScanningRule.html */
const maxFilters = 100;

/**
 * Before anything is deployed: ECR would refuse the rule only in the middle of the deployment.
 *
 * @throws InvalidInputError CONFIGURATION_INVALID when enhanced scanning has more repositories than a rule can name
 */
export function requireScannable(configuration: Configuration, site: InstallationSite): void {
  const count = imageRepositories(configuration, site).length;
  if (configuration.installation.scanning !== "enhanced" || count <= maxFilters) return;
  throw new InvalidInputError(
    `installation.scanning: "enhanced" names every image repository in one rule, and ECR permits ${maxFilters}; there are ${count}. Set "registry" and configure the account's scanning yourself, for example with a filter for a common beginning of their names.`,
    { code: "CONFIGURATION_INVALID" },
  );
}
