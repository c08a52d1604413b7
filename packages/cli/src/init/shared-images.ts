import type { ManagedService, Note } from "./survey.ts";

/** Services that go together as one environment. */
type Together = { cluster: string; services: readonly ManagedService[] };

/** One image is built of each repository: what runs from several tags of it would become one. */
export function differingBuilds(groups: readonly Together[]): Note[] {
  return groups.flatMap(({ cluster, services }) => {
    const places = services.flatMap(({ service, containers }) =>
      containers.map((container) => ({ ...container, place: `${service}/${container.name}` })),
    );
    return [...Map.groupBy(places, ({ repository }) => repository)].flatMap(([repository, running]) => {
      if (new Set(running.map(({ reference }) => reference)).size < 2) return [];
      const where = `${cluster}: ${running.map(({ place }) => place).join(", ")}`;
      const message = `run different images of ${repository} now; Lockmaster builds one for all: give each an ECR repository of its own if they are different programs`;
      return [{ where, message }];
    });
  });
}

/** An image is built for one platform; services of another one cannot start it. */
export function mixedPlatforms(groups: readonly Together[]): Note[] {
  const places = groups.flatMap(({ services }) =>
    services.flatMap(({ cluster, service, architecture, containers }) =>
      containers.map(({ repository }) => ({ repository, architecture, place: `${cluster}/${service}` })),
    ),
  );
  return [...Map.groupBy(places, ({ repository }) => repository)].flatMap(([repository, running]) => {
    if (new Set(running.map(({ architecture }) => architecture)).size < 2) return [];
    const where = running.map(({ place, architecture }) => `${place} (${architecture})`).join(", ");
    return [{ where, message: `run ${repository} on different platforms; an image is built for one` }];
  });
}
