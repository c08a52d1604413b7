import {
  BatchGetItem$,
  BatchWriteItem$,
  CreateTable$,
  DeleteItem$,
  DescribeTable$,
  GetItem$,
  ListTables$,
  PutItem$,
  Query$,
  Scan$,
  UpdateItem$,
} from "@aws-sdk/client-dynamodb";
import { operationShape, type OperationSchema, type Shape } from "../../protocol/schemas.ts";

const conditional = ["ConditionExpression", "ConditionalOperator", "Expected"];
const expression = ["ExpressionAttributeNames", "ExpressionAttributeValues"];
const reading = [
  "AttributesToGet",
  "ConditionalOperator",
  "ExclusiveStartKey",
  "FilterExpression",
  "IndexName",
  "Limit",
  "ProjectionExpression",
  "ReturnConsumedCapacity",
  "Select",
  ...expression,
];

/**
 * The operations that dynalite implements completely, with the members that it supports. Dynalite silently ignores all
 * other members (`ReturnValuesOnConditionCheckFailure`, `DeletionProtectionEnabled`, …).
 */
export const implementedMembers: Readonly<Record<string, readonly string[]>> = {
  BatchGetItem: ["RequestItems", "ReturnConsumedCapacity"],
  BatchWriteItem: ["RequestItems", "ReturnConsumedCapacity"],
  CreateTable: [
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "TableName",
  ],
  DeleteItem: ["Key", "ReturnConsumedCapacity", "ReturnValues", "TableName", ...conditional, ...expression],
  DescribeTable: ["TableName"],
  GetItem: [
    "AttributesToGet",
    "ConsistentRead",
    "ExpressionAttributeNames",
    "Key",
    "ProjectionExpression",
    "ReturnConsumedCapacity",
    "TableName",
  ],
  ListTables: ["ExclusiveStartTableName", "Limit"],
  PutItem: ["Item", "ReturnConsumedCapacity", "ReturnValues", "TableName", ...conditional, ...expression],
  Query: [
    "ConsistentRead",
    "KeyConditionExpression",
    "KeyConditions",
    "QueryFilter",
    "ScanIndexForward",
    "TableName",
    ...reading,
  ],
  Scan: ["ConsistentRead", "ScanFilter", "Segment", "TableName", "TotalSegments", ...reading],
  UpdateItem: [
    "AttributeUpdates",
    "Key",
    "ReturnConsumedCapacity",
    "ReturnValues",
    "TableName",
    "UpdateExpression",
    ...conditional,
    ...expression,
  ],
};

const schemas: Readonly<Record<string, OperationSchema>> = {
  BatchGetItem: BatchGetItem$,
  BatchWriteItem: BatchWriteItem$,
  CreateTable: CreateTable$,
  DeleteItem: DeleteItem$,
  DescribeTable: DescribeTable$,
  GetItem: GetItem$,
  ListTables: ListTables$,
  PutItem: PutItem$,
  Query: Query$,
  Scan: Scan$,
  UpdateItem: UpdateItem$,
};

/** All request members of an operation at AWS, also those that dynalite lacks. */
export function membersOf(operation: string): ReadonlyMap<string, Shape> {
  const schema = schemas[operation];
  return schema === undefined ? new Map() : operationShape(schema).input.members;
}
