import { BatchGetProjectsCommand } from "@aws-sdk/client-codebuild";
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, type TaskDefinition } from "@aws-sdk/client-ecs";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { buildProjectName, checkProjectName } from "@lockmaster/core/lib/names.ts";
import { memoized, type Asking, type Seen } from "./checking/asking.ts";
import type { AccountClients, PlaceConfig } from "./checking/clients.ts";
import { type EnvironmentTarget, type RepositoryTarget, serviceName, type ServiceTarget } from "./checking/scope.ts";
import type { CheckedAccount, ProjectFacts, ServiceFacts, Session, Surroundings } from "./checking/surroundings.ts";

type Home = Surroundings["home"];

/** Looks where environments are: with the operator's own credentials, or as the role that leads into another account. */
export function placeFinder(
  home: Home,
  session: Surroundings["session"],
  open: (own: Pick<PlaceConfig, "region" | "credentials">) => AccountClients,
): Surroundings["place"] {
  return memoized(find, ({ environment: { account } }) => `${account?.role} ${account?.region}`);

  async function find({ environment: { account } }: EnvironmentTarget): Promise<CheckedAccount | undefined> {
    const { clients, account: homeAccount, region: homeRegion } = home;
    if (account === undefined) return { clients, account: homeAccount, region: homeRegion };
    const { role, region = homeRegion } = account;
    const there = role.split(":")[4] ?? homeAccount;
    // The role is made for releases: one's own credentials may look at more, where they may look at all.
    if (there === homeAccount) return { clients: open({ region }), account: there, region };
    const credentials = await session(role);
    return typeof credentials === "string"
      ? undefined
      : { clients: open({ region, credentials }), account: there, region };
  }
}

/** Assumes environments' roles, each once. */
export function sessionFinder(asking: Asking, { clients }: Home): Surroundings["session"] {
  return memoized(assume, (role) => role);

  async function assume(role: string): Promise<Seen<Session>> {
    return await asking.ask(
      // What is denied here says nothing about the functions, and is a finding of its own.
      { action: "sts:AssumeRole", resource: role, absent: ["AccessDenied", "AccessDeniedException"] },
      async () => {
        const { Credentials } = await clients.sts.send(
          new AssumeRoleCommand({ RoleArn: role, RoleSessionName: "lockmaster-doctor", DurationSeconds: 900 }),
        );
        const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
        return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
      },
    );
  }
}

/** Looks at services and what they run. */
export function serviceFinder(asking: Asking, place: Surroundings["place"]): Surroundings["service"] {
  return memoized(find, (target) => `${target.repository} ${serviceName(target)}`);

  async function find(target: ServiceTarget): Promise<ServiceFacts> {
    const where = await place(target);
    if (where === undefined) return { target, place: where, service: "unseen", taskDefinition: "unseen" };
    const { ecs } = where.clients;
    const { cluster } = target.environment;
    const service = await asking.ask(
      {
        action: "ecs:DescribeServices",
        resource: `${cluster}/${target.service}`,
        absent: ["ClusterNotFoundException"],
      },
      async () => {
        const { services = [] } = await ecs.send(new DescribeServicesCommand({ cluster, services: [target.service] }));
        return services.find(({ status }) => status === "ACTIVE") ?? "absent";
      },
    );
    if (typeof service === "string") return { target, place: where, service, taskDefinition: "unseen" };
    const [taskDefinition, template] = await Promise.all([
      describe(ecs, service.taskDefinition ?? ""),
      // ECS's own word for it, of a name that has no ACTIVE revision.
      target.template === undefined ? undefined : describe(ecs, target.template, "ClientException"),
    ]);
    return { target, place: where, service, taskDefinition, template };
  }

  function describe(ecs: AccountClients["ecs"], taskDefinition: string, ...absent: string[]) {
    return asking.ask<TaskDefinition>(
      { action: "ecs:DescribeTaskDefinition", resource: taskDefinition, absent },
      async () => (await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition ?? {},
    );
  }
}

/** Looks at the projects that build a repository's images, and test its pull requests. */
export function projectFinder(
  asking: Asking,
  { clients: { codeBuild } }: Home,
  prefix: string | undefined,
): Surroundings["projects"] {
  return memoized(find, ({ repository }) => repository);

  async function find({ repository }: RepositoryTarget): Promise<ProjectFacts | undefined> {
    if (prefix === undefined) return undefined;
    const names = { builds: buildProjectName(prefix, repository), checks: checkProjectName(prefix, repository) };
    const found = await asking.ask(
      { action: "codebuild:BatchGetProjects", resource: `${names.builds} and ${names.checks}` },
      async () => (await codeBuild.send(new BatchGetProjectsCommand({ names: Object.values(names) }))).projects ?? [],
    );
    const named = (name: string) =>
      typeof found === "string" ? found : (found.find((one) => one.name === name) ?? "absent");
    return { names, builds: named(names.builds), checks: named(names.checks) };
  }
}
