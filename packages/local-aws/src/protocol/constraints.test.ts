import { PutImage$ } from "@aws-sdk/client-ecr";
import { RegisterTaskDefinition$, RunTask$, UpdateService$ } from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { type Constraints, findViolations, listViolations } from "./constraints.ts";
import { parseRequest } from "./parse.ts";
import { type OperationSchema, operationShape } from "./schemas.ts";

const constraints: Constraints = {
  UpdateServiceRequest: {
    desiredCount: { range: [0, 5000], integer: true },
    propagateTags: { oneOf: ["SERVICE", "NONE"] },
    loadBalancers: { length: [0, 1] },
  },
  AwsVpcConfiguration: { subnets: { length: [0, 16], each: { length: [1, 8], pattern: /subnet-.*/ } } },
  ContainerDefinition: { dockerLabels: { keys: { pattern: /[a-z]+/ }, each: { length: [0, 3] } } },
};

function errorOf(schema: OperationSchema, input: object): unknown {
  const { input: shape } = operationShape(schema);
  return listViolations("ValidationException")(findViolations(shape, { ...input }, constraints), "Update").message;
}

const one = (text: string) => `1 validation error detected: ${text}`;

describe("a request that breaks a constraint", () => {
  test.each([
    [
      "an unknown value of an enumeration",
      { propagateTags: "ALL" },
      one(
        "Value 'ALL' at 'propagateTags' failed to satisfy constraint: Member must satisfy enum value set: [SERVICE, NONE]",
      ),
    ],
    [
      "a number that is too small",
      { desiredCount: -1 },
      one(
        "Value '-1' at 'desiredCount' failed to satisfy constraint: Member must have value greater than or equal to 0",
      ),
    ],
    [
      "a number that is too large",
      { desiredCount: 5001 },
      one(
        "Value '5001' at 'desiredCount' failed to satisfy constraint: Member must have value less than or equal to 5000",
      ),
    ],
    [
      "a list that is too long",
      { loadBalancers: [{}, {}] },
      one(
        "Value '[{},{}]' at 'loadBalancers' failed to satisfy constraint: Member must have length less than or equal to 1",
      ),
    ],
    [
      "elements that are too long or do not match, at any depth",
      { networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-1", "subnet-1234", "vpc-1"] } } },
      "2 validation errors detected: Value 'subnet-1234' at 'networkConfiguration.awsvpcConfiguration.subnets.2.member' " +
        "failed to satisfy constraint: Member must have length less than or equal to 8; " +
        "Value 'vpc-1' at 'networkConfiguration.awsvpcConfiguration.subnets.3.member' " +
        "failed to satisfy constraint: Member must satisfy regular expression pattern: subnet-.*",
    ],
  ])("%s", (_, changes, message) => {
    expect(errorOf(UpdateService$, { service: "web", ...changes })).toBe(message);
  });

  test("keys and values of maps", () => {
    const container = { name: "web", dockerLabels: { A: "b", a: "long" } };
    expect(errorOf(RegisterTaskDefinition$, { family: "web", containerDefinitions: [container] })).toBe(
      "2 validation errors detected: Value 'A' at 'containerDefinitions.1.member.dockerLabels.key' " +
        "failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+; " +
        "Value 'long' at 'containerDefinitions.1.member.dockerLabels.a.member' " +
        "failed to satisfy constraint: Member must have length less than or equal to 3",
    );
  });

  test("a fraction is not an integer", () => {
    expect(() => errorOf(UpdateService$, { service: "web", desiredCount: 1.5 })).toThrow(
      expect.objectContaining({ name: "SerializationException" }),
    );
  });
});

describe("members that the local AWS does not have", () => {
  const parse = (schema: OperationSchema, members: readonly string[], input: object) => {
    const { name, input: shape } = operationShape(schema);
    const refuse = listViolations("ValidationException");
    return parseRequest(shape, JSON.stringify(input), { operation: name, members, constraints: {}, refuse });
  };

  // aws-actions/amazon-ecs-deploy-task-definition sends both lists with every RunTask.
  test("an empty list or map is absent", () => {
    const input = { taskDefinition: "web", volumeConfigurations: [], tags: [] };
    expect(parse(RunTask$, ["taskDefinition"], input)).toEqual({ taskDefinition: "web" });
  });

  test.each([
    ["a list with an element", { volumeConfigurations: [{ name: "data" }] }],
    ["a structure", { overrides: {} }],
    ["a list of another type", { tags: {} }],
  ])("%s is refused", (_, input) => {
    expect(() => parse(RunTask$, ["taskDefinition"], { taskDefinition: "web", ...input })).toThrow(
      expect.objectContaining({ name: "NotInLocalAws" }),
    );
  });

  test("an empty string is not absent", () => {
    expect(() => parse(PutImage$, ["repositoryName"], { repositoryName: "shop", imageTag: "" })).toThrow(
      expect.objectContaining({ name: "NotInLocalAws" }),
    );
  });
});
