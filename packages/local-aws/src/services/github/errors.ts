/** A refusal as GitHub answers it: a status and a message. */
export class GitHubError extends Error {
  override readonly name = "GitHubError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Also what GitHub says of things that the caller may not see. */
export const notFound = (): GitHubError => new GitHubError(404, "Not Found");

export const badCredentials = (): GitHubError => new GitHubError(401, "Bad credentials");

export const notDecodable = (): GitHubError => new GitHubError(401, "A JSON web token could not be decoded");

export const unprocessable = (message: string): GitHubError => new GitHubError(422, message);

/** What GitHub says when it has trouble of its own, or enough of the caller. */
export function troubled(status: number): GitHubError {
  return new GitHubError(status, troubleMessages[status] ?? "Server Error");
}

const troubleMessages: Readonly<Record<number, string>> = {
  401: "Bad credentials",
  403: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
  404: "Not Found",
  429: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
};
