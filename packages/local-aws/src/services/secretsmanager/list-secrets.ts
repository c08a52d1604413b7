import {
  type Filter,
  ListSecrets$,
  type ListSecretsRequest,
  type ListSecretsResponse,
  type SecretListEntry,
} from "@aws-sdk/client-secrets-manager";
import { AwsError, notInLocalAws } from "../../protocol/errors.ts";
import { type Operation, operation, type Parsed } from "../../protocol/service.ts";
import { paginate } from "../../protocol/pagination.ts";
import { type Secret, type Secrets, versionStages } from "./state.ts";

const maxResults = 100;

/** ListSecrets, by default newest first. It never returns values. */
export function listSecretsOperation(secrets: Secrets): Operation {
  return operation<ListSecretsRequest, ListSecretsResponse>(
    ListSecrets$,
    ["MaxResults", "NextToken", "Filters", "SortOrder"],
    (input) => list(secrets, input),
  );
}

function list(secrets: Secrets, input: Parsed<ListSecretsRequest>): ListSecretsResponse {
  const { MaxResults = maxResults, NextToken, Filters = [], SortOrder = "desc" } = input;
  const found = secrets.all().filter((secret) => Filters.every((filter) => matches(secret, filter)));
  const { items, nextToken } = paginate(SortOrder === "asc" ? found : found.toReversed(), {
    size: MaxResults,
    nextToken: NextToken,
    invalidToken: new AwsError("InvalidNextTokenException", "Invalid token"),
  });
  return { SecretList: items.map(entry), NextToken: nextToken };
}

/** A filter matches when one of its values matches; `!` before a value negates it. Names match by prefix, case-sensitive. */
function matches({ name }: Secret, { Key, Values = [] }: Parsed<Filter>): boolean {
  if (Key !== "name") throw notInLocalAws(`the filter '${Key}' of secretsmanager:ListSecrets`);
  return Values.some((value) => (value.startsWith("!") ? !name.startsWith(value.slice(1)) : name.startsWith(value)));
}

function entry(secret: Secret): SecretListEntry {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    CreatedDate: new Date(secret.createdAt),
    LastChangedDate: new Date(secret.changedAt),
    ...(secret.accessedAt === undefined ? {} : { LastAccessedDate: new Date(secret.accessedAt) }),
    SecretVersionsToStages: versionStages(secret),
  };
}
