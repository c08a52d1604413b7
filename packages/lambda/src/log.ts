import { Logger } from "@aws-lambda-powertools/logger";
import { printable, printableLines } from "@lockmaster/core/lib/printable.ts";
import * as v from "valibot";

/** Writes JSON lines: a message, and fields. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** The longest text in a log line, in UTF-16 units: an error's message with its stack. */
const longestText = 16_000;

/**
 * A logger of JSON lines, whose texts have no unprintable characters and are cut when they are long. Its level comes from Lambda's
 * own setting, or from `POWERTOOLS_LOG_LEVEL`.
 */
export function createLogger(): Logger {
  // Powertools reads twice whether it runs on a developer's machine; an unset variable costs an exception each time.
  process.env["POWERTOOLS_DEV"] ??= "false";
  return new Logger({
    serviceName: "lockmaster",
    jsonReplacerFn: (_, value: unknown) => (typeof value === "string" ? printableLines(value, longestText) : value),
  });
}

/** Logs the notifications that are abandoned for good. */
export const logAbandoned =
  (log: Pick<Log, "warn">) =>
  (why: string): void =>
    log.warn("Notification abandoned for good", { why });

/** The event has not been checked yet: a value that cannot be a name counts as absent. */
const Name = v.fallback(v.optional(v.pipe(v.string(), v.maxLength(256), v.transform(printable))), undefined);
const Named = v.fallback(v.optional(v.object({ id: Name, repository: Name, environment: Name })), undefined);
const Identified = v.object({
  release: Named,
  execution: v.fallback(v.optional(v.object({ name: Name })), undefined),
  input: Named,
});

/**
 * The release that a step works for, as fields of every log line: read from the event before it is checked, so that the
 * line about an invalid event has them too.
 */
export function identify(event: unknown): { releaseId?: string; repository?: string; environment?: string } {
  const parsed = v.safeParse(Identified, event);
  if (!parsed.success) return {};
  const { release, execution, input } = parsed.output;
  const named = release ?? input;
  const releaseId = release?.id ?? execution?.name;
  return {
    ...(releaseId !== undefined && { releaseId }),
    ...(named?.repository !== undefined && { repository: named.repository }),
    ...(named?.environment !== undefined && { environment: named.environment }),
  };
}
