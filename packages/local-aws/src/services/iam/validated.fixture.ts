import type { Validated } from "../validation.fixture.ts";

const AssumeRolePolicyDocument = '{"Version":"2012-10-17","Statement":[]}';

export const validatedIam: Validated = {
  errors: ["ValidationError"],
  setUp: [["CreateRole", { RoleName: "shop", AssumeRolePolicyDocument }]],
  free: [],
  absent: [
    ["GetRole", { RoleName: "none" }, "NoSuchEntity"],
    ["CreateRole", { RoleName: "shop" }, "EntityAlreadyExists"],
    // Names differ in more than the case of their letters.
    ["CreateRole", { RoleName: "SHOP" }, "EntityAlreadyExists"],
    ["CreateRole", { AssumeRolePolicyDocument: "shop" }, "MalformedPolicyDocument"],
    ["CreateRole", { AssumeRolePolicyDocument: "[]" }, "MalformedPolicyDocument"],
  ],
  valid: { CreateRole: { RoleName: "blog", AssumeRolePolicyDocument }, GetRole: { RoleName: "shop" } },
};
