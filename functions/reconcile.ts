import { reconcile, reconcileMeasurements } from "@lockmaster/core/recover/reconcile.ts";
import { describeLostTag } from "@lockmaster/core/recover/lost-tags.ts";
import { githubTags } from "@lockmaster/github/tags.ts";
import { githubDeliveries } from "@lockmaster/github/deliveries.ts";
import { logAbandoned } from "@lockmaster/lambda/log.ts";
import { readSettings } from "@lockmaster/lambda/settings.ts";
import { step } from "@lockmaster/lambda/step.ts";
import * as v from "valibot";
import { githubSource } from "./composition/github-source.ts";
import { recoveryPorts } from "./composition/recovery-ports.ts";

const settings = readSettings([
  "LEDGER_TABLE",
  "STATE_MACHINE_ARN",
  "BUILD_PROJECT_PREFIX",
  "METRIC_NAMESPACE",
  "GITHUB_API_URL",
  "GITHUB_CREDENTIALS_ID",
]);
const ports = recoveryPorts(settings);
const github = githubSource(settings);

/** The longest that one more entry takes, with the SDK's own retries. */
const reserveMs = 12_000;

/** Every few minutes: finds what events have missed. */
export const handler = step(v.unknown(), async (_, { now, log, remainingMs }) => {
  const logFailure = (subject: string, error: unknown): undefined => {
    log.warn("Could not be reconciled; the next run retries", { subject, problem: String(error) });
    return undefined;
  };
  const secret = github.secret();
  const source = { ...github, secret: () => secret };
  const [deliveries, tags] = await Promise.all([githubDeliveries(source), githubTags(source)]).catch(
    (error: unknown) => [logFailure("GitHub's credentials", error), undefined] as const,
  );
  const reconciled = await reconcile(
    {
      ...ports,
      logAbandoned: logAbandoned(log),
      ...(deliveries !== undefined && { deliveries }),
      ...(tags !== undefined && { tags }),
    },
    {
      now,
      hasTime: () => remainingMs() > reserveMs,
      logFailure,
      logLostDelivery: (delivery) =>
        log.warn("A delivery was too large for the webhook: start its release by hand", { delivery }),
      logLostTag: (tag) => log.warn("A tag has no release", { ...tag, problem: describeLostTag(tag) }),
    },
  );
  ports.metrics.record(reconcileMeasurements(reconciled));
  return reconciled;
});
