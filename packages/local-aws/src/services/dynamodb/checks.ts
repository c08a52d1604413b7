/** What DynamoDB refuses, and dynalite accepts. Dynalite checks everything else. */
import { isJsonObject } from "../../protocol/json.ts";
import { checkExpressions } from "./expressions.ts";
import { assignedValues, checkIndexKeys, checkKeyCondition, indexesOf, objectsIn } from "./keys.ts";
import { validation } from "./validation.ts";

type Json = Readonly<Record<string, unknown>>;

/** An attribute is the first level: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-attributes */
const maxLevels = 32;

/** Checks requests before dynalite. It remembers the indexes of the tables. */
export type Checks = {
  /** @throws AwsError ValidationException */
  check(operation: string, request: Json): void;
  /** Called for each table that was created. */
  created(table: string, request: Json): void;
};

export function createChecks(): Checks {
  const indexes = new Map<string, ReturnType<typeof indexesOf>>();
  const indexesFor = (table: unknown) => indexes.get(String(table)) ?? [];

  function checkItems(operation: string, request: Json, values: Json): void {
    for (const { table, item } of itemsIn(request)) {
      checkLevels(item);
      checkIndexKeys(indexesFor(table), item);
    }
    checkLevels(values);
    if (operation === "UpdateItem") checkIndexKeys(indexesFor(request["TableName"]), assignedValues(request, values));
  }

  return {
    check(operation, request) {
      const { ExpressionAttributeValues: given } = request;
      const values = isJsonObject(given) ? given : {};
      checkExpressions(request, values);
      checkKeyCondition(request, values);
      if (operation === "CreateTable") checkProjections(request);
      if (operation === "DeleteItem") checkReturnValues(request);
      if (operation === "Query" || operation === "Scan") checkSelect(request);
      if (operation === "Scan") checkSegment(request);
      checkItems(operation, request, values);
    },
    created: (table, request) => void indexes.set(table, indexesOf(request)),
  };
}

/** The items that a request writes. */
function itemsIn({ TableName, Item, RequestItems }: Json): { table: unknown; item: Json }[] {
  const single = isJsonObject(Item) ? [{ table: TableName, item: Item }] : [];
  const batch = Object.entries(isJsonObject(RequestItems) ? RequestItems : {}).flatMap(([table, requests]) =>
    objectsIn(requests).flatMap(({ PutRequest }) =>
      isJsonObject(PutRequest) && isJsonObject(PutRequest["Item"]) ? [{ table, item: PutRequest["Item"] }] : [],
    ),
  );
  return [...single, ...batch];
}

function checkLevels(attributes: Json): void {
  if (Object.values(attributes).every((value) => levels(value) <= maxLevels)) return;
  throw validation(
    "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit",
  );
}

/** The levels of an attribute value; counts no further than one above the limit. */
function levels(value: unknown, above = 0): number {
  if (!isJsonObject(value) || above > maxLevels) return above;
  const inner: unknown[] = [...(isJsonObject(value["M"]) ? Object.values(value["M"]) : []), ...objectsIn(value["L"])];
  return Math.max(above + 1, ...inner.map((one) => levels(one, above + 1)));
}

function checkProjections({ GlobalSecondaryIndexes, LocalSecondaryIndexes }: Json): void {
  for (const { Projection } of [...objectsIn(GlobalSecondaryIndexes), ...objectsIn(LocalSecondaryIndexes)]) {
    if (!isJsonObject(Projection) || Projection["ProjectionType"] !== "INCLUDE") continue;
    if (Projection["NonKeyAttributes"] !== undefined) continue;
    throw validation(
      "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
    );
  }
}

/** https://github.com/boto/boto3/issues/4339 */
function checkReturnValues({ ReturnValues = "NONE" }: Json): void {
  if (["ALL_NEW", "UPDATED_NEW", "UPDATED_OLD"].includes(String(ReturnValues))) {
    throw validation("ReturnValues can only be ALL_OLD or NONE");
  }
}

/** https://github.com/paritysuite/dynamodb-conformance/issues/48 and 65, https://github.com/nubo-db/dynoxide/pull/100 */
function checkSelect({ Select, IndexName, AttributesToGet, ProjectionExpression }: Json): void {
  if (Select === undefined || Select === null) return;
  const projection = ProjectionExpression === undefined ? "AttributesToGet" : "ProjectionExpression";
  const projects = ProjectionExpression !== undefined || AttributesToGet !== undefined;
  if (Select === "SPECIFIC_ATTRIBUTES" && !projects) {
    throw validation(
      "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
    );
  }
  if (Select === "ALL_PROJECTED_ATTRIBUTES" && IndexName === undefined) {
    throw validation("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  if (Select === "COUNT" && projects)
    throw validation(`Cannot specify the ${projection} when choosing to get only the Count`);
  if ((Select === "ALL_ATTRIBUTES" || Select === "ALL_PROJECTED_ATTRIBUTES") && projects) {
    throw validation(`Cannot specify the ${projection} when choosing to get ${Select}`);
  }
}

/** Dynalite checks all segments but the first, 0. */
function checkSegment({ Segment, TotalSegments }: Json): void {
  if (Segment === undefined || TotalSegments !== undefined) return;
  throw validation(
    "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
  );
}
