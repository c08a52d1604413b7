import type { Answer } from "../../protocol/answer.ts";
import { AwsError, notInLocalAws } from "../../protocol/errors.ts";
import type { HttpRequest, Route } from "../../protocol/http.ts";
import type { LocalService } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { appOfToken } from "./app-token.ts";
import { type CommitPage, compareCommits } from "./comparison.ts";
import { DeliveryAttempts } from "./deliveries.ts";
import { GitHubError, notDecodable, notFound, scenarioError } from "./errors.ts";
import type { GitHubScenario, Trouble } from "../../scenario/github-scenario.ts";
import { ruleUses } from "../../scenario/rule-uses.ts";
import { describeAppHook, describeHook } from "./hooks.ts";
import { Refs } from "./refs.ts";
import { Repositories } from "./repositories.ts";
import { describeRuleset, listRulesets, rulesOfBranch } from "./rulesets.ts";
import { listTags } from "./tags.ts";
import { Installations } from "./installations.ts";

/** The path of GitHub's API on the local AWS's port. */
export const githubPath = "/github/";

export type GitHubOptions = {
  scenario: GitHubScenario;
  /** Marks the reply to a request as deliberately delayed, until the returned function is called. */
  parkReply: (request: HttpRequest) => () => void;
  /** Waits as long as an answer takes to reach the sender of a request. */
  delayAnswer: (request: HttpRequest) => Promise<void>;
};

type Handler = (request: HttpRequest, url: URL, parameters: Readonly<Record<string, string>>) => Success;
type Success = {
  status: number;
  /** Text is sent unchanged, other values as JSON. */
  body: Readonly<Record<string, unknown>> | readonly unknown[] | string;
  headers?: Readonly<Record<string, string>>;
};

type Endpoint = { request: Trouble["request"]; method: string; pattern: RegExp; handle: Handler };

/** The API versions that GitHub supports. */
const apiVersions: ReadonlySet<string | undefined> = new Set([undefined, "2022-11-28", "2026-03-10"]);

type GitHub = {
  service: LocalService;
  /** Learns of a push by its delivery. @returns a function that undoes it, for a delivery that the receiver refuses */
  observeDelivery: (request: HttpRequest) => () => void;
};

/** The few endpoints of GitHub's REST API that a deployment needs, as strict as GitHub about credentials and permissions. */
export function createGitHub(
  world: Pick<World, "clock" | "random">,
  { scenario, parkReply, delayAnswer }: GitHubOptions,
): GitHub {
  const refs = new Refs(scenario);
  const repositories = new Repositories(scenario);
  const endpoints = endpointsOf(world, scenario, { refs, repositories });
  const troubles = ruleUses(scenario.troubles);

  async function answerTo(request: HttpRequest): Promise<Answer> {
    try {
      const url = new URL(request.path.slice(githubPath.length - 1), "http://github.invalid");
      refuseClient(request);
      const redirected = repositories.redirected(url.pathname);
      if (redirected !== undefined) return movedTo(`${githubPath.slice(0, -1)}${redirected}${url.search}`);
      const { endpoint, parameters } = find(endpoints, request.method, repositories.named(url.pathname));
      const trouble = troubles.use((one) => one.request === endpoint.request);
      if (trouble !== undefined && trouble.delaySeconds > 0) {
        const release = parkReply(request);
        await new Promise<void>((resolve) => world.clock.after(trouble.delaySeconds * 1000, resolve));
        release();
      }
      if (trouble?.status !== undefined) return refusal(scenarioError(trouble.status), trouble.headers);
      const { status, body, headers } = endpoint.handle(request, url, parameters);
      return json(status, body, headers);
    } catch (error) {
      if (error instanceof GitHubError) return refusal(error);
      if (error instanceof AwsError)
        return { ...refusal(new GitHubError(error.status, error.message)), errorName: error.name };
      throw error;
    }
  }

  const route: Route = async (request) => {
    const answer = await answerTo(request);
    await delayAnswer(request);
    return answer;
  };
  return {
    service: { name: "github", routes: { [githubPath]: route } },
    observeDelivery: (request) => refs.observe(request),
  };
}

function endpointsOf(
  world: Pick<World, "clock" | "random">,
  scenario: GitHubScenario,
  { refs, repositories }: { refs: Refs; repositories: Repositories },
): Endpoint[] {
  const installations = new Installations(world, scenario, repositories);
  const deliveries = new DeliveryAttempts(world.clock, scenario);
  const appOf = (request: HttpRequest) => {
    const token = bearerOf(request);
    if (token === undefined) throw notDecodable();
    return appOfToken(token, scenario.apps, world.clock.now());
  };
  return [
    {
      request: "app",
      method: "GET",
      pattern: /^\/app(?<none>)$/,
      handle: (request) => {
        const { id, permissions, hook } = appOf(request);
        return { status: 200, body: { id: Number(id), permissions, events: hook?.events ?? [] } };
      },
    },
    {
      request: "hooks",
      method: "GET",
      pattern: /^\/app\/hook\/config(?<none>)$/,
      handle: (request) => ({ status: 200, body: describeAppHook(appOf(request)) }),
    },
    {
      request: "hooks",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)\/hooks$/,
      handle: (request, _, { repository = "" }) => {
        installations.permit(bearerOf(request), repository, "repository_hooks");
        const hooks = scenario.hooks.filter((hook) => hook.repository === repository);
        return { status: 200, body: hooks.map(describeHook) };
      },
    },
    {
      request: "installation",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)\/installation$/,
      handle: (request, _, { repository = "" }) => ({
        status: 200,
        body: installations.describe(appOf(request), repository),
      }),
    },
    {
      request: "token",
      method: "POST",
      pattern: /^\/app\/installations\/(?<installation>\d+)\/access_tokens$/,
      handle: (request, _, { installation }) => ({
        status: 201,
        body: installations.mint(appOf(request), Number(installation), request.body),
      }),
    },
    {
      request: "compare",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)\/compare\/(?<base>[^/]+?)\.\.\.(?<head>[^/]+)$/,
      handle: (request, url, { repository = "", base = "", head = "" }) => {
        installations.permit(bearerOf(request), repository);
        const commits = scenario.commits.filter((commit) => commit.repository === repository);
        return { status: 200, body: compareCommits(commits, base, head, commitPage(url.searchParams)) };
      },
    },
    {
      request: "repository",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)$/,
      handle: (request, _, { repository = "" }) => {
        installations.permit(bearerOf(request), repository, "metadata");
        return { status: 200, body: repositories.describe(repository) };
      },
    },
    {
      request: "refs",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)\/git\/ref\/(?<ref>.+)$/,
      handle: (request, _, { repository = "", ref = "" }) => {
        installations.permit(bearerOf(request), repository);
        return { status: 200, body: refs.describe(repository, ref) };
      },
    },
    {
      request: "refs",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)\/git\/tags\/(?<sha>[0-9a-f]{40})$/,
      handle: (request, _, { repository = "", sha = "" }) => {
        installations.permit(bearerOf(request), repository);
        return { status: 200, body: refs.describeTag(repository, sha) };
      },
    },
    {
      request: "teams",
      method: "GET",
      pattern: /^\/orgs\/(?<organisation>[^/]+)\/teams\/(?<team>[^/]+)\/memberships\/(?<login>[^/]+)$/,
      handle: (request, _, { organisation = "", team = "", login = "" }) => {
        installations.permitMembers(bearerOf(request), organisation);
        const found = scenario.teams.find((one) => one.organisation === organisation && one.team === team);
        const isMember = found?.members.some((member) => member.toLowerCase() === login.toLowerCase()) === true;
        if (!isMember) throw notFound();
        return { status: 200, body: { state: "active", role: "member" } };
      },
    },
    {
      request: "rulesets",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)\/rulesets$/,
      handle: (request, _, { repository = "" }) => {
        installations.permit(bearerOf(request), repository, "metadata");
        return { status: 200, body: listRulesets(scenario.rulesets, repository) };
      },
    },
    {
      request: "rulesets",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)\/rulesets\/(?<id>\d+)$/,
      handle: (request, _, { repository = "", id }) => {
        installations.permit(bearerOf(request), repository, "metadata");
        return { status: 200, body: describeRuleset(scenario.rulesets, repository, Number(id)) };
      },
    },
    {
      request: "rulesets",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)\/rules\/branches\/(?<branch>.+)$/,
      handle: (request, _, { repository = "", branch = "" }) => {
        installations.permit(bearerOf(request), repository, "metadata");
        return { status: 200, body: rulesOfBranch(scenario.rulesets, repository, branch) };
      },
    },
    {
      request: "tags",
      method: "GET",
      pattern: /^\/repos\/(?<repository>[^/]+\/[^/]+)\/tags$/,
      handle: (request, url, { repository = "" }) => {
        installations.permit(bearerOf(request), repository);
        return listTags(
          scenario.tags.filter((tag) => tag.repository === repository),
          url,
        );
      },
    },
    {
      request: "deliveries",
      method: "GET",
      pattern: /^\/app\/hook\/deliveries(?<none>)$/,
      handle: (request, url) => {
        appOf(request);
        const { text, headers } = deliveries.list(url);
        return { status: 200, body: text, headers };
      },
    },
    {
      request: "redelivery",
      method: "POST",
      pattern: /^\/app\/hook\/deliveries\/(?<delivery>\d+)\/attempts$/,
      handle: (request, _, { delivery = "" }) => {
        appOf(request);
        deliveries.redeliver(delivery);
        return { status: 202, body: {} };
      },
    },
  ];
}

/** @throws GitHubError for a request without User-Agent or with an unsupported API version */
function refuseClient({ headers }: HttpRequest): void {
  if (headers["user-agent"] === undefined) {
    throw new GitHubError(
      403,
      "Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).",
    );
  }
  const version = headers["x-github-api-version"];
  if (apiVersions.has(version)) return;
  throw new GitHubError(400, `The API version ${version} is not supported.`);
}

function find(endpoints: readonly Endpoint[], method: string, path: string) {
  for (const endpoint of endpoints) {
    const groups = endpoint.pattern.exec(path)?.groups;
    if (endpoint.method === method && groups !== undefined) {
      const decoded = Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)] as const);
      return { endpoint, parameters: Object.fromEntries(decoded) };
    }
  }
  throw notInLocalAws(`GitHub's ${method} ${path}`);
}

function bearerOf({ headers }: HttpRequest): string | undefined {
  return /^(?:Bearer|token) (\S+)$/i.exec(headers["authorization"] ?? "")?.[1];
}

function commitPage(query: URLSearchParams): CommitPage {
  const paged = query.has("page") || query.has("per_page");
  const size = Number(query.get("per_page") ?? (paged ? 30 : 250));
  const number = Number(query.get("page") ?? 1);
  if (!Number.isInteger(size) || !Number.isInteger(number) || size < 1 || number < 1) {
    throw notInLocalAws(`GitHub's page ${query.get("page")} of size ${query.get("per_page")} of a comparison`);
  }
  return { number, size: Math.min(size, paged ? 100 : 250) };
}

function json(status: number, body: Success["body"], headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    status,
    headers: { ...headers, "content-type": "application/json; charset=utf-8" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

/** @see https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects */
function movedTo(location: string): Answer {
  return json(301, { message: "Moved Permanently", url: location }, { location });
}

function refusal({ status, message }: GitHubError, headers: Readonly<Record<string, string>> = {}): Answer {
  return json(status, { message, documentation_url: "https://docs.github.com/rest", status: String(status) }, headers);
}
