import * as v from "valibot";
import { readPrivateKey } from "./private-key.ts";

/** Of a GitHub App, its key in PEM; or a fine-grained personal access token. */
export type GitHubCredentials = { appId: string; privateKey: string } | { token: string };

const text = v.pipe(v.string(), v.trim(), v.nonEmpty());

const Credentials = v.union([
  v.strictObject({
    appId: v.union([text, v.pipe(v.number(), v.integer(), v.transform(String))]),
    privateKey: text,
  }),
  v.strictObject({ token: v.pipe(text, v.regex(/^\S+$/)) }),
]);

/**
 * Reads the secret that holds GitHub's credentials: `{ "appId", "privateKey" }` or `{ "token" }`, as JSON.
 *
 * @param secret undefined, empty and `{}` mean that there are none
 * @throws Error that names the expected form, and never quotes the secret
 */
export function readCredentials(secret: string | undefined): GitHubCredentials | undefined {
  if (secret === undefined || /^\s*(?:\{\s*\})?\s*$/.test(secret)) return undefined;
  const result = v.safeParse(Credentials, parseJson(secret));
  if (!result.success) throw new Error(describeProblem(secret));
  if ("token" in result.output) return result.output;
  const { appId, privateKey } = result.output;
  try {
    return { appId, privateKey: readPrivateKey(privateKey) };
  } catch (error) {
    throw new Error(
      `the private key in the secret with GitHub's credentials ${error instanceof Error ? error.message : ""}`,
      {
        cause: error,
      },
    );
  }
}

/** A key that is pasted into JSON has line breaks, which JSON does not permit in a text; and JSON may be a text in JSON itself. */
function parseJson(secret: string): unknown {
  const escaped = secret.replaceAll(/"(?:[^"\\]|\\.)*"/gs, (literal) =>
    literal
      .replaceAll("\r", "")
      .replaceAll("\n", String.raw`\n`)
      .replaceAll("\t", " "),
  );
  try {
    const value: unknown = JSON.parse(escaped);
    return typeof value === "string" ? JSON.parse(value) : value;
  } catch {
    return undefined;
  }
}

function describeProblem(secret: string): string {
  const expected = 'neither {"appId", "privateKey"} nor {"token"} as JSON';
  if (/^["'\s]*-----BEGIN/.test(secret))
    return `the secret with GitHub's credentials is ${expected}, but a private key alone: add the App ID`;
  if (/^["'\s]*(?:github_pat|gh[a-z])_/.test(secret))
    return `the secret with GitHub's credentials is ${expected}, but a token alone: write {"token": "…"}`;
  return `the secret with GitHub's credentials is ${expected}`;
}
