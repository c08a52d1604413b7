import { BatchGetProjectsCommand } from "@aws-sdk/client-codebuild";
import { DescribeServicesCommand, DescribeTaskDefinitionCommand, type TaskDefinition } from "@aws-sdk/client-ecs";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { buildProjectName, checkProjectName } from "@lockmaster/core/lib/names.ts";
import { memoize, type AwsReader, type ReadResult } from "./checking/aws-reader.ts";
import type { AccountClients, AccountConfig } from "./checking/clients.ts";
import { type EnvironmentTarget, type RepositoryTarget, serviceName, type ServiceTarget } from "./checking/scope.ts";
import type { CheckedAccount, ProjectFacts, ServiceFacts, Session, CheckContext } from "./checking/context.ts";

type Home = CheckContext["home"];

/** Finds an environment's account, with the operator's credentials or with the environment's role in another account. */
export function accountLookup(
  home: Home,
  session: CheckContext["session"],
  open: (own: Pick<AccountConfig, "region" | "credentials">) => AccountClients,
): CheckContext["accountOf"] {
  return memoize(find, ({ environment: { account } }) => `${account?.role} ${account?.region}`);

  async function find({ environment: { account } }: EnvironmentTarget): Promise<CheckedAccount | undefined> {
    const { clients, account: homeAccount, region: homeRegion } = home;
    if (account === undefined) return { clients, account: homeAccount, region: homeRegion };
    const { role, region = homeRegion } = account;
    const roleAccount = role.split(":")[4] ?? homeAccount;
    // In Lockmaster's account, the operator's own credentials may read more than the role, which is made for releases.
    if (roleAccount === homeAccount) return { clients: open({ region }), account: roleAccount, region };
    const credentials = await session(role);
    return typeof credentials === "string"
      ? undefined
      : { clients: open({ region, credentials }), account: roleAccount, region };
  }
}

/** Assumes environments' roles, each role once. */
export function sessionLookup(aws: AwsReader, { clients }: Home): CheckContext["session"] {
  return memoize(assume, (role) => role);

  async function assume(role: string): Promise<ReadResult<Session>> {
    return await aws.read(
      // A denial has its own finding: it does not mean that the functions are denied, too.
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

/** Reads services and their task definitions. */
export function serviceLookup(aws: AwsReader, accountOf: CheckContext["accountOf"]): CheckContext["service"] {
  return memoize(find, (target) => `${target.repository} ${serviceName(target)}`);

  async function find(target: ServiceTarget): Promise<ServiceFacts> {
    const account = await accountOf(target);
    if (account === undefined) return { target, account, service: "unknown", taskDefinition: "unknown" };
    const { ecs } = account.clients;
    const { cluster } = target.environment;
    const service = await aws.read(
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
    if (typeof service === "string") return { target, account, service, taskDefinition: "unknown" };
    const [taskDefinition, template] = await Promise.all([
      describe(ecs, service.taskDefinition ?? ""),
      // The error that ECS returns for a family without an ACTIVE revision.
      target.template === undefined ? undefined : describe(ecs, target.template, "ClientException"),
    ]);
    return { target, account, service, taskDefinition, template };
  }

  function describe(ecs: AccountClients["ecs"], taskDefinition: string, ...absent: string[]) {
    return aws.read<TaskDefinition>(
      { action: "ecs:DescribeTaskDefinition", resource: taskDefinition, absent },
      async () => (await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition ?? {},
    );
  }
}

/** Reads the CodeBuild projects that build a repository's images and test its pull requests. */
export function projectLookup(
  aws: AwsReader,
  { clients: { codeBuild } }: Home,
  prefix: string | undefined,
): CheckContext["projects"] {
  return memoize(find, ({ repository }) => repository);

  async function find({ repository }: RepositoryTarget): Promise<ProjectFacts | undefined> {
    if (prefix === undefined) return undefined;
    const names = { builds: buildProjectName(prefix, repository), checks: checkProjectName(prefix, repository) };
    const found = await aws.read(
      { action: "codebuild:BatchGetProjects", resource: `${names.builds} and ${names.checks}` },
      async () => (await codeBuild.send(new BatchGetProjectsCommand({ names: Object.values(names) }))).projects ?? [],
    );
    const named = (name: string) =>
      typeof found === "string" ? found : (found.find((one) => one.name === name) ?? "absent");
    return { names, builds: named(names.builds), checks: named(names.checks) };
  }
}
