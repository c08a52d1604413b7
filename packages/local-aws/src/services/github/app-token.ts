import { createVerify } from "node:crypto";
import * as v from "valibot";
import { GitHubError, notDecodable } from "./errors.ts";
import type { App } from "../../scenario/github-scenario.ts";

const maxSeconds = 600;

const fromBase64Url = v.pipe(
  v.string(),
  v.regex(/^[\w-]+$/),
  v.transform((part) => Buffer.from(part, "base64url").toString("utf8")),
  v.parseJson(),
);
const Header = v.pipe(fromBase64Url, v.object({ alg: v.literal("RS256") }));
const Claims = v.pipe(
  fromBase64Url,
  v.object({ iss: v.union([v.string(), v.number()]), iat: v.unknown(), exp: v.unknown() }),
);

/**
 * The App that signed a JSON web token. GitHub's rules: RS256, issued in the past, and valid for at most ten more minutes.
 *
 * @param nowMs milliseconds since the epoch
 * @throws GitHubError 401
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function appOfToken(token: string, apps: readonly App[], nowMs: number): App {
  const [header = "", claims = "", signature = "", ...more] = token.split(".");
  const parsed = v.safeParse(v.tuple([Header, Claims]), [header, claims]);
  if (!parsed.success || more.length > 0) throw notDecodable();
  const [, { iss, iat, exp }] = parsed.output;
  const now = nowMs / 1000;
  if (!isInteger(iat) || iat > now) {
    throw new GitHubError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (!isInteger(exp) || exp <= now) {
    throw new GitHubError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > now + maxSeconds) {
    throw new GitHubError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  const app = apps.find(({ id }) => id === String(iss));
  if (app === undefined) throw new GitHubError(404, "Integration not found");
  const verify = createVerify("RSA-SHA256").update(`${header}.${claims}`);
  if (!verify.verify(app.publicKey, signature, "base64url")) throw notDecodable();
  return app;
}

const isInteger = (value: unknown): value is number => Number.isInteger(value);
