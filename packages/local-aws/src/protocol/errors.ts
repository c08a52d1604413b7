/** An error answer of AWS: `__type`, `message`, status, and the additional members of some errors. */
export class AwsError extends Error {
  override readonly name: string;
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(name: string, message: string, status = 400, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.members = members;
  }
}

/**
 * The answer for a feature that the local AWS does not implement. AWS never sends it: it does not mean that the call is
 * wrong.
 */
export function notInLocalAws(what: string): AwsError {
  return new AwsError("NotInLocalAws", `The local AWS does not have ${what}.`, 501);
}
