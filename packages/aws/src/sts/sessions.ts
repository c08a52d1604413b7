import { AssumeRoleCommand, type STSClient } from "@aws-sdk/client-sts";
import { RejectedError } from "@lockmaster/core/lib/errors.ts";
import type { Credentials } from "../lib/client-options.ts";
import { incompleteAnswer, isAwsError, withTranslatedErrors } from "../lib/errors.ts";

/**
 * The shortest session that STS allows: longer than a function runs, and shorter than the hour to which STS limits a session
 * of a role that another role assumes.
 */
const sessionSeconds = 900;
/** AssumeRole, RoleSessionName. */
const sessionNameLength = 64;

/**
 * Assumes a role when credentials are first needed.
 *
 * There is no external id: it protects a service that assumes the roles of many customers. Lockmaster assumes only roles of
 * the configuration that is deployed with it, and the role's trust policy names Lockmaster's own functions.
 *
 * @param session.name the session's name, which the other account's CloudTrail records
 * @throws RejectedError AWS_REFUSED when the role cannot be assumed; RetryableError AWS_UNAVAILABLE
 */
export function assumedRole(client: STSClient, session: { role: string; name: string }): Credentials {
  const call = { action: "sts:AssumeRole", resource: session.role };
  return () =>
    withTranslatedErrors(call, async () => {
      const { Credentials: credentials } = await assume(client, session);
      const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = credentials ?? {};
      if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) throw incompleteAnswer(call, "credentials");
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        expiration: Expiration,
      };
    });
}

async function assume(client: STSClient, { role, name }: { role: string; name: string }) {
  try {
    return await client.send(
      new AssumeRoleCommand({ RoleArn: role, RoleSessionName: sessionName(name), DurationSeconds: sessionSeconds }),
    );
  } catch (error) {
    throw isAwsError(error, "AccessDenied", "AccessDeniedException") ? cannotAssume(role, error) : error;
  }
}

/** Keeps the end of a release's name, which is unique. */
function sessionName(name: string): string {
  return name.replaceAll(/[^\w+=,.@-]/g, "-").slice(-sessionNameLength);
}

const cannotAssume = (role: string, cause: Error) =>
  new RejectedError(
    `the role ${role} cannot be assumed: ${cause.message}. Name this function's role in that role's trust policy, and allow it sts:AssumeRole, then redrive.`,
    { code: "AWS_REFUSED", cause },
  );
