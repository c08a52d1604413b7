import type { Evidence } from "../ledger/evidence.ts";
import type { CheckHealthOutput } from "../contract/steps.ts";

/** At most this much of a log line reaches the state machine; the ledger keeps it whole. */
const shownOfLogLine = 300;

/** What an operator reads first: everything that failed and why, with the container's own last words. */
export function describeFailure(evidence: readonly Evidence[]): Extract<CheckHealthOutput, { state: "failed" }> {
  return {
    state: "failed",
    code: evidence[0]?.code ?? "STEP_FAILED",
    message: evidence
      .map(({ service, message, logLines }) => {
        const subject = service === undefined ? "" : `${service}: `;
        const lastLine = logLines?.findLast((line) => line.trim() !== "")?.trim();
        return `${subject}${message}${lastLine === undefined ? "" : `: ${lastLine.slice(0, shownOfLogLine)}`}`;
      })
      .join("; "),
  };
}
