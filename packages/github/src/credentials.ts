import * as v from "valibot";

/** Of a GitHub App, or a fine-grained personal access token. */
export type GitHubCredentials = { appId: string; privateKey: string } | { token: string };

const text = v.pipe(v.string(), v.trim(), v.nonEmpty());

const Credentials = v.pipe(
  v.string(),
  v.parseJson(),
  v.union([
    v.strictObject({
      appId: v.union([text, v.pipe(v.number(), v.integer(), v.transform(String))]),
      privateKey: v.pipe(text, v.includes("PRIVATE KEY")),
    }),
    v.strictObject({ token: v.pipe(text, v.regex(/^\S+$/)) }),
  ]),
);

/**
 * Reads the secret that holds GitHub's credentials: `{ "appId", "privateKey" }` or `{ "token" }`, as JSON.
 *
 * @param secret undefined, empty and `{}` mean that there are none
 * @throws Error that names the expected form, and never quotes the secret
 */
export function readCredentials(secret: string | undefined): GitHubCredentials | undefined {
  if (secret === undefined || /^\s*(?:\{\s*\})?\s*$/.test(secret)) return undefined;
  const result = v.safeParse(Credentials, secret);
  if (result.success) return result.output;
  throw new Error('the secret with GitHub\'s credentials is neither {"appId", "privateKey"} nor {"token"} as JSON');
}
