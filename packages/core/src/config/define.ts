import type { ConfigurationInput } from "./configuration.ts";

type RepositoryInput = ConfigurationInput["repositories"][string];
type ImagesInput = RepositoryInput["images"];
type EnvironmentInput = RepositoryInput["environments"][string];
type ServiceInput = EnvironmentInput["services"][string];

/** An environment whose containers can run only the named images. */
type EnvironmentOf<Image extends string> = Omit<EnvironmentInput, "services"> & {
  services: Record<string, Omit<ServiceInput, "containers"> & { containers: Record<string, Image> }>;
};

/**
 * Types a configuration while it is written: the editor completes its fields, and knows the repository's image names
 * where containers name them. Checks nothing when it runs; that is `validateConfiguration`.
 */
export function defineConfig<Images extends Record<string, ImagesInput>>(configuration: {
  repositories: {
    [Repository in keyof Images]: {
      images: Images[Repository];
      environments: Record<string, EnvironmentOf<keyof NoInfer<Images>[Repository] & string>>;
    };
  };
  installation?: ConfigurationInput["installation"];
}): ConfigurationInput {
  return configuration;
}
