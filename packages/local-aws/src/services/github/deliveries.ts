import type { World } from "../../world/world.ts";
import { notInLocalAws } from "../../protocol/errors.ts";
import { notFound, unprocessable } from "./errors.ts";
import type { GitHubScenario } from "../../scenario/github-scenario.ts";

type Attempt = GitHubScenario["deliveries"][number] & { redelivery: boolean };

export type DeliveryPage = { text: string; headers: Readonly<Record<string, string>> };

/**
 * GitHub's attempts to deliver events to the App's webhook. A redelivery only records a further attempt; the rehearsal, which
 * knows the webhook, sends the request.
 */
export class DeliveryAttempts {
  readonly #clock: World["clock"];
  readonly #attempts: Attempt[];

  constructor(clock: World["clock"], { deliveries }: Pick<GitHubScenario, "deliveries">) {
    this.#clock = clock;
    this.#attempts = deliveries.map((delivery) => ({ ...delivery, redelivery: false }));
  }

  /** `GET /app/hook/deliveries`: newest first, in pages by the `Link` header. */
  list(url: URL): DeliveryPage {
    const { searchParams: query } = url;
    const unknown = [...query.keys()].find((name) => !["per_page", "cursor", "status"].includes(name));
    if (unknown !== undefined) throw notInLocalAws(`the parameter ${unknown} of GitHub's deliveries`);
    const size = Math.min(100, Number(query.get("per_page") ?? 30));
    const from = Number(query.get("cursor")?.replace("v1_", "") ?? 0);
    const isWanted = outcomeFilter(query.get("status"));
    const matching = this.#attempts
      .filter(({ statusCode }) => isWanted(statusCode))
      .toSorted((a, b) => b.deliveredAt.localeCompare(a.deliveredAt));
    const more = from + size < matching.length;
    query.set("cursor", `v1_${from + size}`);
    return {
      text: `[${matching
        .slice(from, from + size)
        .map(describe)
        .join(",")}]`,
      headers: more ? { link: `<${url.href}>; rel="next"` } : {},
    };
  }

  /** `POST /app/hook/deliveries/{delivery_id}/attempts`. @throws GitHubError 404 */
  redeliver(id: string): void {
    const known = this.#attempts.find((attempt) => attempt.id === id);
    if (known === undefined) throw notFound();
    const deliveredAt = new Date(this.#clock.now()).toISOString().replace(/\.\d+/, "");
    this.#attempts.push({ ...known, id: `${id}1`, deliveredAt, redelivery: true, statusCode: known.againStatusCode });
  }
}

/**
 * The filter `status`: by ranges of the status code, so that neither outcome has the deliveries that GitHub could not connect.
 *
 * @throws GitHubError 422
 * @see https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook
 */
function outcomeFilter(outcome: string | null): (statusCode: number) => boolean {
  if (outcome === null) return () => true;
  const range = outcomes.get(outcome);
  if (range === undefined) throw unprocessable("Invalid request.");
  return (statusCode) => statusCode >= range.from && statusCode <= range.to;
}

const outcomes: ReadonlyMap<string, { from: number; to: number }> = new Map([
  ["success", { from: 200, to: 399 }],
  ["failure", { from: 400, to: 599 }],
]);

function describeOutcome(statusCode: number): string {
  if (statusCode >= 200 && statusCode < 300) return "OK";
  return statusCode === 0 ? "failed to connect to host" : `Invalid HTTP Response: ${statusCode}`;
}

/** As JSON text, because an id may have more digits than a number can represent. */
function describe({ id, guid, deliveredAt, redelivery, statusCode, event }: Attempt): string {
  const rest = {
    guid,
    delivered_at: deliveredAt,
    redelivery,
    duration: 0.5,
    status: describeOutcome(statusCode),
    status_code: statusCode,
    event,
    action: null,
    installation_id: null,
    repository_id: null,
  };
  return `{"id":${id},${JSON.stringify(rest).slice(1)}`;
}
