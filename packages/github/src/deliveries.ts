import type { Deliveries, Delivery } from "@lockmaster/core/recover/ports.ts";
import { RetryableError } from "@lockmaster/core/lib/errors.ts";
import * as v from "valibot";
import { appToken } from "./app.ts";
import { githubClient, type GitHubClient } from "./client.ts";
import type { GitHubSource } from "./access.ts";
import { readCredentials } from "./credentials.ts";
import { nextPage } from "./pages.ts";
import { describeGitHubFailure } from "./refusals.ts";

const Item = v.object({
  // The client keeps a number above 2^53 as text.
  id: v.pipe(v.union([v.number(), v.string()]), v.transform(String)),
  guid: v.string(),
  delivered_at: v.pipe(v.string(), v.isoTimestamp()),
  redelivery: v.boolean(),
  status_code: v.number(),
});

/** The deliveries to the App's webhook; undefined without an App's credentials, since a token cannot list them. */
export async function githubDeliveries({ baseUrl, secret }: GitHubSource): Promise<Deliveries | undefined> {
  const credentials = readCredentials(await secret());
  if (credentials === undefined || "token" in credentials) return undefined;
  const { appId, privateKey } = credentials;
  const client = githubClient(baseUrl);
  const token = () => appToken(appId, privateKey);
  return {
    page: (cursor) => translated("list deliveries", async () => list(client, await token(), cursor)),
    redeliver: (id) =>
      translated(`redeliver ${id}`, async () => {
        await client(
          { method: "POST", path: `/app/hook/deliveries/${id}/attempts`, token: await token() },
          v.object({}),
        );
      }),
  };
}

/**
 * Lists all deliveries: the filter `status=failure` has only those that were answered with 400 to 599, and none that GitHub could
 * not connect, or that was redirected.
 *
 * @see https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
 */
async function list(
  client: GitHubClient,
  token: string,
  cursor: string | undefined,
): Promise<{ deliveries: Delivery[]; next?: string }> {
  const query = new URLSearchParams({ per_page: "100", ...(cursor !== undefined && { cursor }) });
  let link = "";
  const found = await client(
    {
      method: "GET",
      path: `/app/hook/deliveries?${query.toString()}`,
      token,
      readHeaders: (headers) => (link = headers.get("link") ?? ""),
    },
    v.array(Item),
  );
  const next = nextPage(link, "cursor");
  return {
    deliveries: found.map(({ id, guid, delivered_at, redelivery, status_code }) => ({
      id,
      guid,
      deliveredAt: delivered_at,
      redelivery,
      succeeded: status_code >= 200 && status_code < 300,
      // By the webhook, or by Lambda in its place.
      tooLarge: status_code === 413,
    })),
    ...(next !== undefined && { next }),
  };
}

async function translated<T>(action: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw new RetryableError(
      `GitHub did not ${action}: ${describeGitHubFailure(error)}; the next run of reconcile tries again`,
      {
        code: "GITHUB_UNAVAILABLE",
        cause: error,
      },
    );
  }
}
