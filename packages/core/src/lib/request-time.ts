/** GitHub's clock, or an operator's, may be this far ahead of AWS's. */
const maxMillisecondsAhead = 60_000;

/**
 * When a release or a check was requested, as far as the request can be believed. Its sender claims a time: GitHub in a signed
 * delivery, or an operator in the input of an execution. The claim may be older than what Lockmaster observed, because a delivery
 * may come late. A claim that is more than a minute ahead is wrong, and what Lockmaster observed counts instead: otherwise no
 * later request would be newer than it until that time.
 *
 * @param requestedAt the claim, ISO 8601
 * @param observedAt when Step Functions started the execution, or the webhook received the delivery, ISO 8601
 * @returns ISO 8601
 */
export function believedTime(requestedAt: string, observedAt: string): string {
  return Date.parse(requestedAt) <= Date.parse(observedAt) + maxMillisecondsAhead ? requestedAt : observedAt;
}
