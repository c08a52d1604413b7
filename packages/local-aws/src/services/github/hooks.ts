import { notFound } from "./errors.ts";
import type { App, Hook } from "../../scenario/github-scenario.ts";

/**
 * A webhook as in `GET /repos/{owner}/{repo}/hooks`.
 *
 * @see https://docs.github.com/en/rest/repos/webhooks#list-repository-webhooks
 */
export function describeHook(hook: Hook, index: number): Readonly<Record<string, unknown>> {
  const { active, events, lastStatusCode } = hook;
  const delivered = lastStatusCode !== undefined && lastStatusCode >= 200 && lastStatusCode < 300;
  return {
    type: "Repository",
    id: 12_345_001 + index,
    name: "web",
    active,
    events,
    config: configOf(hook),
    last_response:
      lastStatusCode === undefined
        ? { code: null, status: "unused", message: null }
        : {
            code: lastStatusCode,
            status: delivered ? "active" : "misconfigured",
            message: delivered ? "OK" : `Invalid HTTP Response: ${lastStatusCode}`,
          },
  };
}

/**
 * `GET /app/hook/config`.
 *
 * @throws GitHubError 404 for an App without a webhook
 * @see https://docs.github.com/en/rest/apps/webhooks#get-a-webhook-configuration-for-an-app
 */
export function describeAppHook({ hook }: App): Readonly<Record<string, unknown>> {
  if (hook === undefined) throw notFound();
  return configOf(hook);
}

type Configured = Pick<Hook, "url" | "contentType" | "insecureSsl" | "hasSecret">;

function configOf({ url, contentType, insecureSsl, hasSecret }: Configured): Readonly<Record<string, unknown>> {
  return {
    url,
    content_type: contentType,
    insecure_ssl: insecureSsl ? "1" : "0",
    // GitHub returns eight asterisks instead of the secret.
    ...(hasSecret && { secret: "********" }),
  };
}
