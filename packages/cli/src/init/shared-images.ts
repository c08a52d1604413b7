import type { ManagedService, Note } from "./survey.ts";

/** Services of one environment. */
type Group = { cluster: string; services: readonly ManagedService[] };

/** Lockmaster builds one image per repository: services that run different images of it would get the same image. */
export function differentImages(groups: readonly Group[]): Note[] {
  return groups.flatMap(({ cluster, services }) => {
    const users = services.flatMap(({ service, containers }) =>
      containers.map((container) => ({ ...container, user: `${service}/${container.name}` })),
    );
    return [...Map.groupBy(users, ({ repository }) => repository)].flatMap(([repository, running]) => {
      if (new Set(running.map(({ reference }) => reference)).size < 2) return [];
      const where = `${cluster}: ${running.map(({ user }) => user).join(", ")}`;
      const message = `run different images of ${repository}; Lockmaster builds one image for all of them. If they are different programs, give each its own ECR repository`;
      return [{ where, message }];
    });
  });
}

/** Lockmaster builds an image for one platform; services on another platform cannot start it. */
export function mixedPlatforms(groups: readonly Group[]): Note[] {
  const users = groups.flatMap(({ services }) =>
    services.flatMap(({ cluster, service, architecture, containers }) =>
      containers.map(({ repository }) => ({ repository, architecture, user: `${cluster}/${service}` })),
    ),
  );
  return [...Map.groupBy(users, ({ repository }) => repository)].flatMap(([repository, running]) => {
    if (new Set(running.map(({ architecture }) => architecture)).size < 2) return [];
    const where = running.map(({ user, architecture }) => `${user} (${architecture})`).join(", ");
    return [
      { where, message: `run ${repository} on different platforms; Lockmaster builds an image for one platform` },
    ];
  });
}
