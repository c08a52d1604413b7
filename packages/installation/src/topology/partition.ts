/**
 * The definition of the state machine names the integrations of one partition, and nobody has tried another.
 *
 * @throws Error in China, GovCloud and wherever else ARNs do not begin in `arn:aws:`
 */
export function requireSupported(partition: string, region: string): void {
  if (partition === "aws") return;
  throw new Error(
    `Lockmaster cannot be installed in ${region}, which is of the partition ${partition}: ` +
      "statemachine/release.asl.json is written for the partition aws. Choose a region outside of China and GovCloud.",
  );
}
