import {
  AssumeRole$,
  type AssumeRoleRequest,
  type AssumeRoleResponse,
  GetCallerIdentity$,
  type GetCallerIdentityRequest,
  type GetCallerIdentityResponse,
} from "@aws-sdk/client-sts";
import type { Backend } from "../../protocol/backend.ts";
import { digitsFrom } from "../../protocol/identifiers.ts";
import { assumedRoleArn, principalOf } from "../../protocol/principal.ts";
import { queryBackend } from "../../protocol/query.ts";
import { type Call, type Caller, operation, type Parsed } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { accessDenied, expiredToken, refuseDuration, refuseSessionName, validation } from "./errors.ts";

export type StsWorld = Pick<World, "clock" | "region" | "accountId" | "random">;

export type Sts = {
  backend: Backend;
  /** Who signs with a session's key. @throws AwsError ExpiredTokenException; undefined for keys that are no session's */
  callerOf(accessKeyId: string): Caller | undefined;
};

/** Session length that AWS gives when none is asked for. */
const usualSeconds = 3600;
const keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

type Session = { caller: Caller; endsAt: number };

/**
 * STS: who calls, and sessions of roles. There are no policies: a role that is among `roles` can be assumed by everybody,
 * any other by nobody, and who has assumed one may do everything in the role's account.
 *
 * @param roles ARNs
 */
export function createSts(world: StsWorld, roles: ReadonlySet<string>): Sts {
  const sessions = new Map<string, Session>();

  function assume(input: Parsed<AssumeRoleRequest>, { caller }: Call): AssumeRoleResponse {
    const { RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds: seconds = usualSeconds } = input;
    refuseSessionName(sessionName);
    refuseDuration(seconds, caller.session !== undefined || caller.kind === "function");
    const [, accountId, path] = /^arn:aws[a-z-]*:iam::(\d{12}):role\/(.+)$/.exec(roleArn) ?? [];
    if (accountId === undefined || path === undefined) throw validation(`${roleArn} is invalid`);
    if (!roles.has(roleArn)) throw accessDenied(principalOf(world, caller).arn, roleArn);

    const accessKeyId = `ASIA${pick(16)}`;
    const endsAt = world.clock.now() + seconds * 1000;
    sessions.set(accessKeyId, { caller: { ...caller, session: { roleArn, sessionName, accountId } }, endsAt });
    return {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: `secret-of-${accessKeyId}`,
        SessionToken: `session-of-${accessKeyId}`,
        Expiration: new Date(endsAt),
      },
      AssumedRoleUser: {
        AssumedRoleId: `AROA${pick(17)}:${sessionName}`,
        Arn: assumedRoleArn(accountId, path.slice(path.lastIndexOf("/") + 1), sessionName),
      },
    };
  }

  const pick = (length: number): string => digitsFrom(() => world.random(), keyAlphabet, length);

  function identify({ caller }: Call): GetCallerIdentityResponse {
    const { accountId, arn } = principalOf(world, caller);
    const [, name, sessionName] = arn.split("/");
    // Made of the role's name here, where AWS has made up an id.
    const userId = name === undefined ? accountId : `AROA${name}:${sessionName}`;
    return { UserId: userId, Account: accountId, Arn: arn };
  }

  return {
    backend: queryBackend({
      name: "sts",
      namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
      operations: {
        AssumeRole: operation<AssumeRoleRequest, AssumeRoleResponse>(
          AssumeRole$,
          ["RoleArn", "RoleSessionName", "DurationSeconds"],
          assume,
        ),
        GetCallerIdentity: operation<GetCallerIdentityRequest, GetCallerIdentityResponse>(
          GetCallerIdentity$,
          [],
          (_, call) => identify(call),
        ),
      },
    }),
    callerOf(accessKeyId) {
      const session = sessions.get(accessKeyId);
      if (session !== undefined && world.clock.now() >= session.endsAt) throw expiredToken();
      return session?.caller;
    },
  };
}
