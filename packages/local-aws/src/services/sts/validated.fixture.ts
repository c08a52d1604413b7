import type { Validated } from "../validation.fixture.ts";

const role = { RoleArn: "arn:aws:iam::111122223333:role/deployer", RoleSessionName: "shop" };

export const validatedSts: Validated = {
  errors: ["ValidationError"],
  setUp: [],
  free: [],
  absent: [
    ["AssumeRole", { RoleArn: "arn:aws:iam::111122223333:role/none" }, "AccessDenied"],
    ["AssumeRole", { RoleArn: "arn:aws:iam::111122223333:user/none" }, "ValidationError"],
    ["AssumeRole", { DurationSeconds: 3601 }, "ValidationError"],
  ],
  valid: { AssumeRole: role },
};
