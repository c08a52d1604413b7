import {
  CreateRole$,
  type CreateRoleRequest,
  type CreateRoleResponse,
  GetRole$,
  type GetRoleRequest,
  type GetRoleResponse,
  type Role,
} from "@aws-sdk/client-iam";
import type { Constraint, Constraints } from "../../protocol/constraints.ts";
import { type Access, type ServiceAccess, textOf } from "../../protocol/demand.ts";
import { AwsError } from "../../protocol/errors.ts";
import { isJsonObject } from "../../protocol/json.ts";
import { digitsFrom } from "../../protocol/identifiers.ts";
import { principalOf } from "../../protocol/principal.ts";
import { type Call, type LocalService, operation, type Parsed } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";

/** IAM's resources are in no region. */
const role: Access = {
  on: (input, arn) => {
    const path = textOf(input, "Path") ?? "/";
    return [arn(`role${path}${textOf(input, "RoleName")}`).replace(/^(arn:aws:iam:)[^:]*/, "$1")];
  },
};

/** docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html */
const iamAccess: ServiceAccess = { prefix: "iam", operations: { CreateRole: role, GetRole: role } };

export type IamWorld = Pick<World, "clock" | "accountId" | "random">;

const keyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const defaultSessionSeconds = 3600;

const roleName: Constraint = { length: [1, 64], pattern: /[\w+=,.@-]+/ };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const iamConstraints: Constraints = {
  CreateRoleRequest: {
    Path: { length: [1, 512], pattern: /\/|(\/[\u0021-\u007e]+\/)/ },
    RoleName: roleName,
    AssumeRolePolicyDocument: { length: [1, 131_072], pattern: /[\t\n\r\u0020-\u00ff]+/ },
    MaxSessionDuration: { range: [3600, 43_200], integer: true },
    Description: { length: [0, 1000], pattern: /[\t\n\r\u0020-\u007e\u00a1-\u00ff]*/ },
  },
  GetRoleRequest: { RoleName: roleName },
};

/** IAM's roles, by account. They only exist to be read: they do not affect permissions. */
export function createIam(world: IamWorld): { service: LocalService } {
  const roles = new Map<string, Role>();
  const keyOf = (name: string, { caller }: Call) => `${principalOf(world, caller).accountId}/${name.toLowerCase()}`;

  function create(input: Parsed<CreateRoleRequest>, call: Call): CreateRoleResponse {
    const { RoleName, AssumeRolePolicyDocument, Path = "/", Description } = input;
    const { MaxSessionDuration = defaultSessionSeconds } = input;
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
      // IAM returns policies URL-encoded (RFC 3986).
      AssumeRolePolicyDocument: encodeURIComponent(AssumeRolePolicyDocument),
      MaxSessionDuration,
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
    // Roles are not used here.
    return { Role: { ...role, RoleLastUsed: {} } };
  }

  return {
    service: {
      name: "iam",
      api: {
        protocol: "query",
        namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
        constraints: iamConstraints,
        operations: {
          CreateRole: operation<CreateRoleRequest, CreateRoleResponse>(
            CreateRole$,
            ["RoleName", "AssumeRolePolicyDocument", "Path", "Description", "MaxSessionDuration"],
            create,
          ),
          GetRole: operation<GetRoleRequest, GetRoleResponse>(GetRole$, ["RoleName"], get),
        },
      },
      access: iamAccess,
    },
  };
}

function refusePolicy(text: string): void {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw new AwsError("MalformedPolicyDocument", "This policy contains invalid Json");
  }
  if (!isJsonObject(policy)) throw new AwsError("MalformedPolicyDocument", "Syntax errors in policy.");
}
