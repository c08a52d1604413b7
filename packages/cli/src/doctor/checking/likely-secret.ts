/** Words in names of variables that contain secrets. */
const secretName =
  /(?:^|_)(?:secret|password|passwd|pwd|passphrase|token|credentials?|api_?key|private_?key|access_?key|secret_?key|signing_?key|encryption_?key)(?:_|$)/i;

/** Last words of names that describe a secret: its location or lifetime. */
const aboutSecret =
  /_(?:arn|name|id|url|uri|endpoint|host|file|path|dir|ttl|length|size|count|days|hours|minutes|seconds|ms|enabled|required|expiry|expiration|expires?_in|algorithm|alg|type|header|field|param|prefix|issuer|audience|policy|version)$/i;

/** Formats of secret values, as their issuers document them. */
const secretValues: readonly RegExp[] = [
  /^(?:AKIA|ASIA)[A-Z0-9]{16}$/,
  /^(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})$/,
  /^glpat-[\w-]{20,}$/,
  /^xox[abeoprs]-[\w-]{10,}$/,
  /^(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}$/,
  /^SG\.[\w-]{16,}\.[\w-]{16,}$/,
  /^eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+$/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // A URL with a password in it.
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i,
];

/** Values that are not secret under any name: empty, a switch, a number, a reference. */
const harmless = /^(?:|true|false|yes|no|none|null|\d{1,6}|arn:\S+|\/\S*|https?:\/\/[^@\s]*|\$\{\S+\})$/i;

/** An AWS access key id has the last word `id`, but counts as a secret. */
const keyId = /(?:^|_)access_key_id$/i;

/** Whether a variable's value belongs in a secret, judged by its name and format. */
export function isLikelySecret(name: string, value: string): boolean {
  if (secretValues.some((pattern) => pattern.test(value))) return true;
  if (harmless.test(value)) return false;
  // `databasePassword` as `database_Password`.
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").replaceAll("-", "_");
  return secretName.test(words) && (keyId.test(words) || !aboutSecret.test(words));
}
