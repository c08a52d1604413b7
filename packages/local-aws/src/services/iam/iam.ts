import {
  CreateRole$,
  type CreateRoleRequest,
  type CreateRoleResponse,
  GetRole$,
  type GetRoleRequest,
  type GetRoleResponse,
  type Role,
} from "@aws-sdk/client-iam";
import type { Backend } from "../../protocol/backend.ts";
import { AwsError } from "../../protocol/errors.ts";
import { digitsFrom } from "../../protocol/identifiers.ts";
import { principalOf } from "../../protocol/principal.ts";
import { queryBackend } from "../../protocol/query.ts";
import { type Call, operation, type Parsed } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";

export type IamWorld = Pick<World, "clock" | "accountId" | "random">;

const keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/** @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const longestName = 64;
const usualSessionSeconds = 3600;

/** IAM's roles, by account; nothing here is decided by them. */
export function createIam(world: IamWorld): { backend: Backend } {
  const roles = new Map<string, Role>();
  const keyOf = (name: string, { caller }: Call) => `${principalOf(world, caller).accountId}/${name.toLowerCase()}`;

  function create(input: Parsed<CreateRoleRequest>, call: Call): CreateRoleResponse {
    const { RoleName, AssumeRolePolicyDocument, Path = "/", Description } = input;
    refuseName(RoleName);
    refusePolicy(AssumeRolePolicyDocument);
    const key = keyOf(RoleName, call);
    if (roles.has(key)) {
      throw new AwsError("EntityAlreadyExists", `Role with name ${RoleName} already exists.`, 409);
    }
    const role: Role = {
      Path,
      RoleName,
      RoleId: `AROA${digitsFrom(() => world.random(), keyAlphabet, 17)}`,
      Arn: `arn:aws:iam::${principalOf(world, call.caller).accountId}:role${Path}${RoleName}`,
      CreateDate: new Date(world.clock.now()),
      // IAM answers policies as RFC 3986 encodes them.
      AssumeRolePolicyDocument: encodeURIComponent(AssumeRolePolicyDocument),
      MaxSessionDuration: usualSessionSeconds,
      ...(Description !== undefined && { Description }),
    };
    roles.set(key, role);
    return { Role: role };
  }

  function get({ RoleName }: Parsed<GetRoleRequest>, call: Call): GetRoleResponse {
    const role = roles.get(keyOf(RoleName, call));
    if (role === undefined) {
      throw new AwsError("NoSuchEntity", `The role with name ${RoleName} cannot be found.`, 404);
    }
    return { Role: role };
  }

  return {
    backend: queryBackend({
      name: "iam",
      namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
      operations: {
        CreateRole: operation<CreateRoleRequest, CreateRoleResponse>(
          CreateRole$,
          ["RoleName", "AssumeRolePolicyDocument", "Path", "Description"],
          create,
        ),
        GetRole: operation<GetRoleRequest, GetRoleResponse>(GetRole$, ["RoleName"], get),
      },
    }),
  };
}

function refuseName(name: string): void {
  const constraint =
    name.length > longestName
      ? `Member must have length less than or equal to ${longestName}`
      : /^[\w+=,.@-]+$/.test(name)
        ? undefined
        : String.raw`Member must satisfy regular expression pattern: [\w+=,.@-]+`;
  if (constraint === undefined) return;
  throw new AwsError(
    "ValidationError",
    `1 validation error detected: Value '${name}' at 'roleName' failed to satisfy constraint: ${constraint}`,
  );
}

function refusePolicy(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new AwsError("MalformedPolicyDocument", "This policy contains invalid Json");
  }
}
