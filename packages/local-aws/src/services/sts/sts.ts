import {
  AssumeRole$,
  type AssumeRoleRequest,
  type AssumeRoleResponse,
  GetCallerIdentity$,
  type GetCallerIdentityRequest,
  type GetCallerIdentityResponse,
} from "@aws-sdk/client-sts";
import type { Constraints } from "../../protocol/constraints.ts";
import { digitsFrom } from "../../protocol/identifiers.ts";
import { assumedRoleArn, principalOf } from "../../protocol/principal.ts";
import { type Call, type Caller, type LocalService, operation, type Parsed } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { stsAccess } from "./access.ts";
import { accessDenied, expiredToken, maxSeconds, minSeconds, refuseDuration, validation } from "./errors.ts";

export type StsWorld = Pick<World, "clock" | "region" | "accountId" | "random">;

export type Sts = {
  service: LocalService;
  /** The caller with a session's access key; undefined for other keys. @throws AwsError ExpiredTokenException */
  callerOf(accessKeyId: string): Caller | undefined;
};

/** AWS's default session duration. */
const defaultSeconds = 3600;
const keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

type Session = { caller: Caller; endsAt: number };

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const stsConstraints: Constraints = {
  AssumeRoleRequest: {
    RoleArn: {
      length: [20, 2048],
      pattern: /[\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+/u,
    },
    RoleSessionName: { length: [2, 64], pattern: /[\w+=,.@-]*/ },
    DurationSeconds: { range: [minSeconds, maxSeconds], integer: true },
  },
};

/**
 * STS: the caller's identity, and sessions of roles. There are no trust policies: any caller can assume the roles in
 * `roles`, and no others.
 *
 * @param roles ARNs
 */
export function createSts(world: StsWorld, roles: ReadonlySet<string>): Sts {
  const sessions = new Map<string, Session>();

  function assume(input: Parsed<AssumeRoleRequest>, { caller }: Call): AssumeRoleResponse {
    const { RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds: seconds = defaultSeconds } = input;
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
    // AWS generates an id; here it contains the role's name.
    const userId = name === undefined ? accountId : `AROA${name}:${sessionName}`;
    return { UserId: userId, Account: accountId, Arn: arn };
  }

  return {
    service: {
      name: "sts",
      api: {
        protocol: "query",
        namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
        constraints: stsConstraints,
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
      },
      access: stsAccess,
    },
    callerOf(accessKeyId) {
      const session = sessions.get(accessKeyId);
      if (session !== undefined && world.clock.now() >= session.endsAt) throw expiredToken();
      return session?.caller;
    },
  };
}
