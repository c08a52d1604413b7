import { Logger } from "@aws-lambda-powertools/logger";
import * as v from "valibot";

/** Writes JSON lines: a message, and fields beside it. */
export type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

/** A logger of JSON lines. Its level comes from Lambda's own setting, or from `POWERTOOLS_LOG_LEVEL`. */
export function createLogger(): Logger {
  // Powertools asks twice whether it runs on a developer's machine; unset, each question costs an exception at every start.
  process.env["POWERTOOLS_DEV"] ??= "false";
  return new Logger({ serviceName: "lockmaster" });
}

/** Has what is given up for good told to the log. */
export const logAbandoned =
  (log: Pick<Log, "warn">) =>
  (why: string): void =>
    log.warn("Given up for good", { why });

/** What cannot be a name is as good as absent: the event has not been checked yet. */
const Name = v.fallback(v.optional(v.pipe(v.string(), v.maxLength(256))), undefined);
const Whose = v.fallback(v.optional(v.object({ id: Name, repository: Name, environment: Name })), undefined);
const Identified = v.object({
  release: Whose,
  execution: v.fallback(v.optional(v.object({ name: Name })), undefined),
  input: Whose,
});

/**
 * What a step works for, as fields of every log line: taken from the event before it is checked, so that the line about
 * a refused event tells it too.
 */
export function identify(event: unknown): { releaseId?: string; repository?: string; environment?: string } {
  const parsed = v.safeParse(Identified, event);
  if (!parsed.success) return {};
  const { release, execution, input } = parsed.output;
  const whose = release ?? input;
  const releaseId = release?.id ?? execution?.name;
  return {
    ...(releaseId !== undefined && { releaseId }),
    ...(whose?.repository !== undefined && { repository: whose.repository }),
    ...(whose?.environment !== undefined && { environment: whose.environment }),
  };
}
