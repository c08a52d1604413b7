import type { Validated } from "../validation.fixture.ts";

export const validatedConnections: Validated = {
  errors: ["ValidationException"],
  setUp: [],
  free: [],
  absent: [
    [
      "GetConnection",
      { ConnectionArn: "arn:aws:codeconnections:us-east-1:111122223333:connection/none" },
      "ResourceNotFoundException",
    ],
  ],
  valid: { GetConnection: { ConnectionArn: "arn:aws:codeconnections:us-east-1:111122223333:connection/shop" } },
};
