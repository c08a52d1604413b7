/** An error answer of GitHub: a status and a message. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** GitHub also answers this for resources that the caller is not permitted to see. */
export const notFound = (): GitHubError => new GitHubError(404, "Not Found");

export const badCredentials = (): GitHubError => new GitHubError(401, "Bad credentials");

export const notDecodable = (): GitHubError => new GitHubError(401, "A JSON web token could not be decoded");

export const unprocessable = (message: string): GitHubError => new GitHubError(422, message);

/** GitHub's answer during an incident, or when it limits the caller's rate. */
export function scenarioError(status: number): GitHubError {
  return new GitHubError(status, errorMessages[status] ?? "Server Error");
}

const errorMessages: Readonly<Record<number, string>> = {
  401: "Bad credentials",
  403: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
  404: "Not Found",
  429: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
};
