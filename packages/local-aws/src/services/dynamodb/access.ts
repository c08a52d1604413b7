import { type Access, type RequestInput, type ServiceAccess } from "../../protocol/demand.ts";
import { isJsonObject } from "../../protocol/json.ts";

const table: Access = { on: ["table/{TableName}"] };

const tablesOfItems: Access = {
  on: ({ RequestItems }: RequestInput, arn) =>
    isJsonObject(RequestItems) ? Object.keys(RequestItems).map((name) => arn(`table/${name}`)) : [],
};

/** docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html */
export const dynamoDbAccess: ServiceAccess = {
  prefix: "dynamodb",
  operations: {
    BatchGetItem: tablesOfItems,
    BatchWriteItem: tablesOfItems,
    CreateTable: table,
    DeleteItem: table,
    DescribeTable: table,
    GetItem: table,
    ListTables: { on: "*" },
    PutItem: table,
    Query: table,
    Scan: table,
    UpdateItem: table,
  },
};
