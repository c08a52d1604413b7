import type { Validated } from "../validation.fixture.ts";

const parameter = { Name: "/shop/region", Value: "eu", Type: "String" };

export const validatedSsm: Validated = {
  errors: ["ValidationException"],
  setUp: [["PutParameter", parameter]],
  free: [],
  absent: [
    ["PutParameter", parameter, "ParameterAlreadyExists"],
    ["PutParameter", { Type: undefined }, "ValidationException"],
    ["PutParameter", { Value: "x".repeat(4097) }, "ValidationException"],
    ...[
      "a b",
      "/shop/",
      "//shop",
      "/shop//region",
      "shop/region",
      "shop:1",
      "awsShop",
      "SSM.shop",
      "ssm/shop",
      "/ssm/shop",
      "/awsShop/region",
      "é",
      "x".repeat(1012),
    ].map((Name) => ["PutParameter", { Name }, "ValidationException"] as const),
    ["PutParameter", { Name: "/aws/shop" }, "AccessDeniedException"],
    ["PutParameter", { Name: "/a".repeat(16) }, "HierarchyLevelLimitExceededException"],
    ["GetParameters", { Names: ["/shop/region:1"] }, "NotInLocalAws"],
    ["GetParameters", { WithDecryption: true }, "NotInLocalAws"],
  ],
  valid: { PutParameter: { ...parameter, Name: "/shop/zone" }, GetParameters: { Names: ["/shop/region"] } },
};
