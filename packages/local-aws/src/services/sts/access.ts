import type { ServiceAccess } from "../../protocol/demand.ts";

/** docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html */
export const stsAccess: ServiceAccess = {
  prefix: "sts",
  operations: {
    AssumeRole: { on: ["{RoleArn}"] },
    // "No permissions are required": docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    GetCallerIdentity: null,
  },
};
