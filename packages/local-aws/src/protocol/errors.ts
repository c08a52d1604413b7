/** An error as AWS answers it on the wire: `__type`, `message`, status and the members that some errors carry. */
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
 * The answer for what the local AWS does not have. AWS never sends it: seeing it means that the rehearsal ends here,
 * not that the call is wrong.
 */
export function notInLocalAws(what: string): AwsError {
  return new AwsError("NotInLocalAws", `The local AWS does not have ${what}.`, 501);
}
