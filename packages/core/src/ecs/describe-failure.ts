import type { Evidence } from "../ledger/evidence.ts";
import type { CheckHealthOutput } from "../contract/steps.ts";

/** Of a log line in the state machine's payload; the ledger has the whole line. */
const maxLogLineCharacters = 300;

/** The message for an operator: everything that failed and why, with the last line of the container's log. */
export function describeFailure(evidence: readonly Evidence[]): Extract<CheckHealthOutput, { state: "failed" }> {
  return {
    state: "failed",
    code: evidence[0]?.code ?? "STEP_FAILED",
    message: evidence
      .map(({ service, message, logLines }) => {
        const prefix = service === undefined ? "" : `${service}: `;
        const lastLine = logLines?.findLast((line) => line.trim() !== "")?.trim();
        return `${prefix}${message}${lastLine === undefined ? "" : `: ${lastLine.slice(0, maxLogLineCharacters)}`}`;
      })
      .join("; "),
  };
}
