import { translate } from "@lockmaster/aws/lib/errors.ts";
import { expect, test } from "vitest";
import { explainError } from "./operator-errors.ts";

const named = (name: string, message: string) =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });

const denial = named(
  "AccessDeniedException",
  "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: ecs:ListClusters on resource: * because no identity-based policy allows it",
);

test.each([
  ["expired", named("ExpiredTokenException", "The security token included in the request is expired"), "have expired"],
  ["absent", named("CredentialsProviderError", "Could not load credentials from any providers"), "no AWS credentials"],
  ["unknown", named("UnrecognizedClientException", "The security token is invalid"), "does not accept"],
  ["without a region", new Error("Region is missing"), "no AWS region is selected: name one with --region"],
  ["denied", denial, "allow ecs:ListClusters to these credentials"],
  [
    "denied in an adapter, whose remedy is for functions",
    translate(denial, { action: "ecs:ListClusters", resource: "*" }),
    "AWS denies the request: allow ecs:ListClusters",
  ],
  ["of another kind", new Error("the disk is full"), "the disk is full"],
])("credentials %s", (_, error, says) => {
  expect(explainError(error)).toContain(says);
});
