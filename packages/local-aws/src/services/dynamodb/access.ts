import { type Access, type RequestInput, type ServiceAccess, textOf } from "../../protocol/demand.ts";
import { isJsonObject } from "../../protocol/json.ts";
import { leadingKeysOf, type PartitionKeys } from "./leading-keys.ts";

/**
 * The condition key `dynamodb:LeadingKeys` has the values of the partition keys that a request reads or writes; that of an index for a
 * query of the index. A scan has none.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
 */
export function dynamoDbAccess(partitionKeys: PartitionKeys): ServiceAccess {
  const table: Access = { on: ["table/{TableName}"] };
  const mentions = (input: RequestInput): Record<string, readonly string[]> => {
    const keys = leadingKeysOf(input, partitionKeys);
    return keys.length === 0 ? {} : { "dynamodb:LeadingKeys": keys };
  };
  const items: Access = {
    on: (input, arn) => (textOf(input, "TableName") === undefined ? [] : [arn(`table/${textOf(input, "TableName")}`)]),
    mentions,
  };
  const tablesOfItems: Access = {
    on: ({ RequestItems }: RequestInput, arn) =>
      isJsonObject(RequestItems) ? Object.keys(RequestItems).map((name) => arn(`table/${name}`)) : [],
    mentions,
  };
  return {
    prefix: "dynamodb",
    operations: {
      BatchGetItem: tablesOfItems,
      BatchWriteItem: tablesOfItems,
      CreateTable: table,
      DeleteItem: items,
      DescribeTable: table,
      GetItem: items,
      ListTables: { on: "*" },
      PutItem: items,
      Query: items,
      Scan: table,
      UpdateItem: items,
    },
  };
}
