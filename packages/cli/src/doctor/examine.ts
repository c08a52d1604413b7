import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { causesOf, explainError, isUnusable } from "../lib/operator-errors.ts";
import { createAwsReader } from "./checking/aws-reader.ts";
import { checks } from "./checks.ts";
import { inParallel } from "./checking/check.ts";
import { closeClients, homeClients, accountClients, type HomeClients, type AccountConfig } from "./checking/clients.ts";
import { problem, type Finding } from "./checking/finding.ts";
import { accountLookup, projectLookup, serviceLookup, sessionLookup } from "./lookups.ts";
import { scopeOf } from "./checking/scope.ts";
import type { CheckContext } from "./checking/context.ts";

export type ExamineOptions = {
  configuration: Configuration;
  only: { repository?: string; environment?: string };
  clients: AccountConfig;
  /** Prefix of all installed names; undefined before the installation. */
  prefix: string | undefined;
  githubApi: string;
};

/** The findings of one check. */
export type Chapter = { id: string; title: string; findings: Finding[] };

/** Well below the rate limit of each of these APIs. */
const maxTasksAtOnce = 6;

/**
 * Runs every check.
 *
 * @throws UsageError for a repository or environment that the configuration does not have
 */
export async function examine(options: ExamineOptions, progress: (text: string) => void): Promise<Chapter[]> {
  const { configuration, prefix, githubApi } = options;
  const scope = scopeOf(configuration, options.only);
  const aws = createAwsReader();
  const created: Parameters<typeof closeClients>[0][] = [];
  const kept = <Clients extends Parameters<typeof closeClients>[0]>(clients: Clients): Clients => {
    created.push(clients);
    return clients;
  };
  try {
    const home = await identify(kept(homeClients(options.clients)));
    if ("findings" in home) return [home];
    const session = sessionLookup(aws, home);
    const accountOf = accountLookup(home, session, (own) => kept(accountClients({ ...options.clients, ...own })));
    const context: CheckContext = {
      aws,
      configuration,
      scope,
      home,
      ...(prefix !== undefined && { names: namesOf(prefix) }),
      githubApi,
      session,
      accountOf,
      service: serviceLookup(aws, accountOf),
      projects: projectLookup(aws, home, prefix === undefined ? undefined : namesOf(prefix).buildProjectPrefix),
    };
    return [credentialsChapter(home), ...(await runChecks(context, progress))];
  } finally {
    created.forEach(closeClients);
  }
}

/** Reads account, region and ARN of the credentials. @returns a chapter of findings when AWS does not accept them */
async function identify(clients: HomeClients): Promise<CheckContext["home"] | Chapter> {
  try {
    const region = await clients.sts.config.region();
    const { Account: account = "", Arn: caller = "" } = await clients.sts.send(new GetCallerIdentityCommand({}));
    return { clients, account, region, partition: caller.split(":")[1] ?? "aws", caller };
  } catch (error) {
    const id = causesOf(error).some(isUnusable) ? "credentials.unusable" : "aws.unreachable";
    const findings = [problem(id, "AWS", explainError(error))];
    return { id: "credentials", title: "Credentials", findings };
  }
}

function credentialsChapter({ account, region, caller }: CheckContext["home"]): Chapter {
  const seen = `account ${account}, region ${region}, as ${caller}`;
  return {
    id: "credentials",
    title: "Credentials",
    findings: [{ id: "credentials", severity: "ok", subject: "AWS", seen }],
  };
}

async function runChecks(context: CheckContext, progress: (text: string) => void): Promise<Chapter[]> {
  const tasks = checks.flatMap(({ id, title, tasks: tasksOf }) =>
    tasksOf(context).map((run, index) => async () => {
      if (index === 0) progress(`${title} …`);
      return { id, findings: await run() };
    }),
  );
  const found = Map.groupBy(await inParallel(tasks, maxTasksAtOnce), ({ id }) => id);
  const chapters = checks.map(({ id, title }) => ({
    id,
    title,
    findings: (found.get(id) ?? []).flatMap(({ findings }) => findings),
  }));
  const failures = { id: "not-checked", title: "Not checked", findings: context.aws.failures() };
  return [...chapters, failures].filter(({ findings }) => findings.length > 0);
}
