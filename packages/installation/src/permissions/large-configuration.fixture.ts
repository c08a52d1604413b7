import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import type { ConfigurationInput } from "@lockmaster/core/config/configuration.ts";
import { validateConfiguration } from "@lockmaster/core/config/validate.ts";

/** How large an installation is. */
export type LargeInstallation = {
  repositories?: number;
  /** Of each repository. */
  images?: number;
  /** Of each repository. */
  environments?: number;
  /** Of each environment. */
  services?: number;
  /** The account in which each environment has a role of its own; without it, none has. */
  ownRoles?: string;
  installation?: ConfigurationInput["installation"];
};

const named = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${String(index + 1).padStart(3, "0")}`);

/** Equal repositories whose environments use every feature, unvalidated. */
export function largeInput({
  repositories = 1,
  images = 1,
  environments = 1,
  services = 1,
  ownRoles,
  installation = {},
}: LargeInstallation): ConfigurationInput {
  const imageNames = named("image", images);
  const migrate = { name: "migrate", service: "service-001", container: "app", command: ["./migrate"] };
  const environmentOf = (repository: string, name: string) => ({
    on: { branch: name },
    cluster: `${repository}-${name}`,
    services: Object.fromEntries(
      named("service", services).map((service, index) => [
        service,
        { service, containers: { app: imageNames[index % images] ?? "" } },
      ]),
    ),
    tasks: { before: [migrate] },
    health: { alarms: ["errors"] },
    ...(ownRoles !== undefined && {
      account: { role: `arn:aws:iam::${ownRoles}:role/lockmaster-${repository}-${name}` },
    }),
  });
  return {
    installation,
    repositories: Object.fromEntries(
      named("shop", repositories).map((repository) => [
        `acme/${repository}`,
        {
          images: Object.fromEntries(
            imageNames.map((image) => [image, { context: ".", paths: ["**"], repository: `${repository}/${image}` }]),
          ),
          environments: Object.fromEntries(
            named("env", environments).map((name) => [name, environmentOf(repository, name)]),
          ),
        },
      ]),
    ),
  };
}

export const largeConfiguration = (size: LargeInstallation): Configuration => validateConfiguration(largeInput(size));
