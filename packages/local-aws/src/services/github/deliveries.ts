import type { World } from "../../world/world.ts";
import { notInLocalAws } from "../../protocol/errors.ts";
import { notFound } from "./errors.ts";
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
    const matching = this.#attempts
      .filter(({ statusCode }) => query.get("status") !== "failure" || !isSuccess(statusCode))
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

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** As JSON text, because an id may have more digits than a number can represent. */
function describe({ id, guid, deliveredAt, redelivery, statusCode, event }: Attempt): string {
  const rest = {
    guid,
    delivered_at: deliveredAt,
    redelivery,
    duration: 0.5,
    status: isSuccess(statusCode) ? "OK" : "failed to connect",
    status_code: statusCode,
    event,
    action: null,
    installation_id: null,
    repository_id: null,
  };
  return `{"id":${id},${JSON.stringify(rest).slice(1)}`;
}
