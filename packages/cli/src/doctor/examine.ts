import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import type { Configuration } from "@lockmaster/core/config/configuration.ts";
import { namesOf } from "@lockmaster/installation/topology/names.ts";
import { causesOf, explainError, isUnusable } from "../lib/operator-errors.ts";
import { createAsking } from "./checking/asking.ts";
import { checks } from "./checks.ts";
import { inParallel } from "./checking/check.ts";
import { closeClients, homeClients, placeClients, type HomeClients, type PlaceConfig } from "./checking/clients.ts";
import { trouble, type Finding } from "./checking/finding.ts";
import { placeFinder, projectFinder, serviceFinder, sessionFinder } from "./look-around.ts";
import { scopeOf } from "./checking/scope.ts";
import type { Surroundings } from "./checking/surroundings.ts";

export type ExamineOptions = {
  configuration: Configuration;
  only: { repository?: string; environment?: string };
  clients: PlaceConfig;
  /** Begins the name of everything that is installed; undefined before the installation. */
  prefix: string | undefined;
  githubApi: string;
};

/** Findings under the title of what was looked at. */
export type Chapter = { id: string; title: string; findings: Finding[] };

/** Tasks at once: well below what any of these APIs lets through. */
const mostAtOnce = 6;

/**
 * Runs every check.
 *
 * @throws UsageError for a repository or environment that the configuration does not have
 */
export async function examine(options: ExamineOptions, progress: (text: string) => void): Promise<Chapter[]> {
  const { configuration, prefix, githubApi } = options;
  const scope = scopeOf(configuration, options.only);
  const asking = createAsking();
  const opened: Parameters<typeof closeClients>[0][] = [];
  const kept = <Clients extends Parameters<typeof closeClients>[0]>(clients: Clients): Clients => {
    opened.push(clients);
    return clients;
  };
  try {
    const home = await identify(kept(homeClients(options.clients)));
    if ("findings" in home) return [home];
    const session = sessionFinder(asking, home);
    const place = placeFinder(home, session, (own) => kept(placeClients({ ...options.clients, ...own })));
    const around: Surroundings = {
      asking,
      configuration,
      scope,
      home,
      ...(prefix !== undefined && { names: namesOf(prefix) }),
      githubApi,
      session,
      place,
      service: serviceFinder(asking, place),
      projects: projectFinder(asking, home, prefix === undefined ? undefined : namesOf(prefix).buildProjectPrefix),
    };
    return [introduce(home), ...(await lookAtAll(around, progress))];
  } finally {
    opened.forEach(closeClients);
  }
}

/** Whose credentials these are, and where; a chapter of findings where that cannot be known. */
async function identify(clients: HomeClients): Promise<Surroundings["home"] | Chapter> {
  try {
    const region = await clients.sts.config.region();
    const { Account: account = "", Arn: caller = "" } = await clients.sts.send(new GetCallerIdentityCommand({}));
    return { clients, account, region, partition: caller.split(":")[1] ?? "aws", caller };
  } catch (error) {
    const id = causesOf(error).some(isUnusable) ? "credentials.unusable" : "aws.unreachable";
    const findings = [trouble(id, "AWS", explainError(error))];
    return { id: "credentials", title: "Credentials", findings };
  }
}

function introduce({ account, region, caller }: Surroundings["home"]): Chapter {
  const seen = `account ${account}, region ${region}, as ${caller}`;
  return {
    id: "credentials",
    title: "Credentials",
    findings: [{ id: "credentials", severity: "ok", subject: "AWS", seen }],
  };
}

async function lookAtAll(around: Surroundings, progress: (text: string) => void): Promise<Chapter[]> {
  const tasks = checks.flatMap(({ id, title, tasks: tasksOf }) =>
    tasksOf(around).map((run, index) => async () => {
      if (index === 0) progress(`${title} …`);
      return { id, findings: await run() };
    }),
  );
  const found = Map.groupBy(await inParallel(tasks, mostAtOnce), ({ id }) => id);
  const chapters = checks.map(({ id, title }) => ({
    id,
    title,
    findings: (found.get(id) ?? []).flatMap(({ findings }) => findings),
  }));
  const unanswered = { id: "unanswered", title: "What could not be seen", findings: around.asking.unanswered() };
  return [...chapters, unanswered].filter(({ findings }) => findings.length > 0);
}
