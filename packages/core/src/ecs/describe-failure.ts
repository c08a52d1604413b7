import type { LogTail } from "./ports.ts";
import type { Evidence } from "../ledger/evidence.ts";
import type { CheckHealthOutput } from "../contract/steps.ts";

/** Of a log line in the state machine's payload; the ledger has the whole line. */
const maxLogLineCharacters = 300;

/** The evidence with the last lines of its container's log, or with the place where they are. */
export function withTail(evidence: Evidence, tail: LogTail = { lines: [] }): Evidence {
  if (tail.lines.length > 0) return { ...evidence, logLines: tail.lines };
  return tail.location === undefined ? evidence : { ...evidence, logLocation: tail.location };
}

/** The message for an operator: everything that failed and why, with the last line of the container's log. */
export function describeFailure(evidence: readonly Evidence[]): Extract<CheckHealthOutput, { state: "failed" }> {
  return {
    state: "failed",
    code: evidence[0]?.code ?? "STEP_FAILED",
    message: evidence
      .map(({ service, message, logLines, logLocation }) => {
        const prefix = service === undefined ? "" : `${service}: `;
        const lastLine = logLines?.findLast((line) => line.trim() !== "")?.trim();
        const location = logLocation === undefined ? "" : ` (no log lines here: ${logLocation})`;
        return `${prefix}${message}${lastLine === undefined ? location : `: ${lastLine.slice(0, maxLogLineCharacters)}`}`;
      })
      .join("; "),
  };
}
