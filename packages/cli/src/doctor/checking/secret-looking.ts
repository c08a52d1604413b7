/** Words in names of variables that hold secrets. */
const secretName =
  /(?:^|_)(?:secret|password|passwd|pwd|passphrase|token|credentials?|api_?key|private_?key|access_?key|secret_?key|signing_?key|encryption_?key)(?:_|$)/i;

/** Ends of names that only tell of a secret: where it is, how long it lives. */
const aboutSecret =
  /_(?:arn|name|id|url|uri|endpoint|host|file|path|dir|ttl|length|size|count|days|hours|minutes|seconds|ms|enabled|required|expiry|expiration|expires?_in|algorithm|alg|type|header|field|param|prefix|issuer|audience|policy|version)$/i;

/** Values that are secrets by how they look. Each begins as its issuer documents it. */
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

/** Values that are no secret whatever they are called: nothing, a switch, a number, a reference. */
const harmless = /^(?:|true|false|yes|no|none|null|\d{1,6}|arn:\S+|\/\S*|https?:\/\/[^@\s]*|\$\{\S+\})$/i;

/** AWS's key ids are called ids, and come with a secret beside them. */
const keyId = /(?:^|_)access_key_id$/i;

/** Whether a variable's value belongs into a secret, by its name or by how it looks. */
export function looksSecret(name: string, value: string): boolean {
  if (secretValues.some((pattern) => pattern.test(value))) return true;
  if (harmless.test(value)) return false;
  // `databasePassword` as `database_Password`.
  const words = name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").replaceAll("-", "_");
  return secretName.test(words) && (keyId.test(words) || !aboutSecret.test(words));
}
