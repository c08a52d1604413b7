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
 * Gives a configuration its type: the editor completes fields, and a repository's image names in `containers`. Checks nothing
 * at run time; `validateConfiguration` does.
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
