import * as v from "valibot";
import { appToken, mintInstallationToken, type App } from "./app.ts";
import { githubClient, type GitHubClient, GitHubRefusal } from "./client.ts";
import type { GitHubCredentials } from "./credentials.ts";

/** The settings of a webhook at GitHub, an App's or a repository's. */
export type Webhook = {
  url: string;
  /** `json`, or `form`, which is GitHub's default. */
  contentType: string;
  /** GitHub never shows the secret itself. */
  hasSecret: boolean;
  /** GitHub does not verify the TLS certificate of the endpoint. */
  insecure: boolean;
  active: boolean;
  events: readonly string[];
  /** HTTP status of the last delivery, 0 when there was no answer; undefined before the first one. */
  lastStatus?: number;
};

const Configuration = v.object({
  url: v.optional(v.string(), ""),
  content_type: v.optional(v.string(), "form"),
  // GitHub writes it as text or as a number.
  insecure_ssl: v.optional(v.pipe(v.union([v.string(), v.number()]), v.transform(String)), "0"),
  secret: v.optional(v.string()),
});

const Hook = v.object({
  active: v.boolean(),
  events: v.array(v.string()),
  config: Configuration,
  last_response: v.optional(v.object({ code: v.nullable(v.number()) }), { code: null }),
});

/**
 * The webhooks that report a repository's events: the App's own, or with a token the repository's.
 *
 * @param repository `owner/name`
 * @throws GitHubRefusal 401 when the credentials are not valid; 403 or 404 when they have no access to the repository, or a
 * token has no permission for its webhooks (*Webhooks*: read)
 */
export async function githubWebhooks(
  baseUrl: string,
  credentials: GitHubCredentials,
  repository: string,
): Promise<Webhook[]> {
  const client = githubClient(baseUrl);
  if ("token" in credentials) return await repositoryHooks(client, credentials.token, repository);
  // As releases do it: proves that the App is installed on the repository with permission to read.
  await mintInstallationToken(client, credentials, repository, { contents: "read" });
  return await appHooks(client, credentials);
}

/** @see https://docs.github.com/en/rest/repos/webhooks#list-repository-webhooks */
async function repositoryHooks(client: GitHubClient, token: string, repository: string): Promise<Webhook[]> {
  const hooks = await client({ method: "GET", path: `/repos/${repository}/hooks?per_page=100`, token }, v.array(Hook));
  return hooks.map(({ active, events, config, last_response: { code } }) => ({
    ...settingsOf(config),
    active,
    events,
    ...(code !== null && { lastStatus: code }),
  }));
}

const AppEvents = v.object({ events: v.array(v.string()) });
const Deliveries = v.array(v.object({ status_code: v.number() }));

/** @see https://docs.github.com/en/rest/apps/webhooks */
async function appHooks(client: GitHubClient, { appId, privateKey }: App): Promise<Webhook[]> {
  const token = await appToken(appId, privateKey);
  const get = <Schema extends v.GenericSchema>(path: string, schema: Schema) =>
    client({ method: "GET", path, token }, schema);
  try {
    const config = await get("/app/hook/config", Configuration);
    const { events } = await get("/app", AppEvents);
    const [last] = await get("/app/hook/deliveries?per_page=1", Deliveries);
    return [
      { ...settingsOf(config), active: true, events, ...(last !== undefined && { lastStatus: last.status_code }) },
    ];
  } catch (error) {
    if (error instanceof GitHubRefusal && error.status === 404) return [];
    throw error;
  }
}

function settingsOf({ url, content_type, insecure_ssl, secret }: v.InferOutput<typeof Configuration>) {
  return {
    url,
    contentType: content_type,
    insecure: insecure_ssl !== "0",
    hasSecret: secret !== undefined && secret !== "",
  };
}
