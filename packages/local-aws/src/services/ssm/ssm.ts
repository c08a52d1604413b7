import {
  GetParameters$,
  type GetParametersRequest,
  type GetParametersResult,
  type Parameter,
  ParameterType,
  PutParameter$,
  type PutParameterRequest,
  type PutParameterResult,
} from "@aws-sdk/client-ssm";
import type { Constraints } from "../../protocol/constraints.ts";
import { AwsError, notInLocalAws } from "../../protocol/errors.ts";
import { type LocalService, operation, type Parsed } from "../../protocol/service.ts";
import type { World } from "../../world/world.ts";
import { checkParameterName, checkValue, invalid } from "./checks.ts";

/** https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
const ssmConstraints: Constraints = {
  PutParameterRequest: {
    Name: { length: [1, 2048] },
    Type: { oneOf: Object.values(ParameterType) },
    Value: { length: [1, Infinity] },
  },
  GetParametersRequest: { Names: { length: [1, 10], each: { length: [1, 2048] } } },
};

/** Systems Manager's Parameter Store: plain parameters, without versions and without decryption. */
export function createSsm(world: Pick<World, "clock" | "region" | "accountId">): { service: LocalService } {
  const parameters = new Map<string, Parameter>();
  const prefix = `arn:aws:ssm:${world.region}:${world.accountId}:parameter/`;
  const arnOf = (name: string) => `${prefix}${name.replace(/^\//, "")}`;

  function put({ Name, Value, Type, Overwrite }: Parsed<PutParameterRequest>): PutParameterResult {
    checkParameterName(Name);
    checkValue(Value);
    const known = parameters.get(Name);
    if (known !== undefined && Overwrite !== true) {
      throw new AwsError(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    }
    const type = Type ?? known?.Type;
    if (type === undefined) throw invalid("A parameter type is required when you create a parameter.");
    if (type === "StringList") throw notInLocalAws("parameters of the type StringList");
    const Version = (known?.Version ?? 0) + 1;
    parameters.set(Name, {
      Name,
      Type: type,
      // Callers must not depend on the format of the ciphertext.
      Value: type === "String" ? Value : Buffer.from(`encrypted ${Version}`).toString("base64"),
      Version,
      LastModifiedDate: new Date(world.clock.now()),
      ARN: arnOf(Name),
      DataType: "text",
    });
    return { Version, Tier: "Standard" };
  }

  function get({ Names, WithDecryption }: Parsed<GetParametersRequest>): GetParametersResult {
    if (WithDecryption === true) throw notInLocalAws("GetParameters with WithDecryption");
    const selector = Names.find((name) => !name.startsWith("arn:") && name.includes(":"));
    if (selector !== undefined) throw notInLocalAws(`versions and labels of parameters ('${selector}')`);
    // A name that is given twice is answered once.
    const found = [...new Set(Names)].map((name) => [name, find(name)] as const);
    return {
      Parameters: found.flatMap(([, parameter]) => parameter ?? []),
      InvalidParameters: found.flatMap(([name, parameter]) => (parameter === undefined ? name : [])),
    };
  }

  const find = (nameOrArn: string) =>
    parameters.get(nameOrArn) ?? [...parameters.values()].find(({ ARN }) => ARN === nameOrArn);

  return {
    service: {
      name: "ssm",
      api: {
        protocol: "json",
        targetPrefix: "AmazonSSM",
        jsonVersion: "1.1",
        constraints: ssmConstraints,
        operations: {
          PutParameter: operation<PutParameterRequest, PutParameterResult>(
            PutParameter$,
            ["Name", "Value", "Type", "Overwrite"],
            put,
          ),
          GetParameters: operation<GetParametersRequest, GetParametersResult>(
            GetParameters$,
            ["Names", "WithDecryption"],
            get,
          ),
        },
      },
      access: {
        prefix: "ssm",
        operations: { GetParameters: { on: ["parameter/{Names}"] }, PutParameter: { on: ["parameter/{Name}"] } },
      },
    },
  };
}
