/**
 * The state machine's definition contains ARNs of the partition `aws`, and no other partition has been tested.
 *
 * @throws Error in China, GovCloud and every other region whose ARNs do not begin with `arn:aws:`
 */
export function requireSupported(partition: string, region: string): void {
  if (partition === "aws") return;
  throw new Error(
    `Lockmaster cannot be installed in ${region}, which belongs to the partition ${partition}: ` +
      "statemachine/release.asl.json is written for the partition aws. Choose a region outside China and GovCloud.",
  );
}
