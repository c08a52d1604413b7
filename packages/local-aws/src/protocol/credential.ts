/** The credential of a signed request. The signature is not verified: there are no secrets to protect. */
export type Credential = {
  accessKeyId: string;
  region: string;
  /** Signing name of the service: "ecs", "states", … */
  service: string;
};

/**
 * Reads the credential scope of Signature Version 4: `Credential=KEY/20260101/us-east-1/ecs/aws4_request`. Undefined for
 * an unsigned request, or for another kind of signature.
 */
export function credentialOf(authorization: string | undefined): Credential | undefined {
  if (authorization === undefined || !authorization.startsWith("AWS4-")) return undefined;
  const scope = /Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/.exec(authorization);
  const [, accessKeyId, region, service] = scope ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) return undefined;
  return { accessKeyId, region, service };
}
