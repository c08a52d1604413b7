import { readFileSync } from "node:fs";

/** AWS's answers: outputs that a resource has in addition to its inputs, and lookups. */
const account = "111122223333";
/** Of the deployment that is run: `main.ts` reads the same variable. */
const { region }: { region: string } = JSON.parse(readFileSync(process.env["LOCKMASTER_PROGRAM"] ?? "", "utf8"));

const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${account}:${resource}`;

/** The inputs that are read here. */
type Inputs = Readonly<Record<string, string>>;
type Outputs = Readonly<Record<string, unknown>>;

const arnsByType: Readonly<Record<string, (inputs: Inputs) => string>> = {
  "aws:cloudwatch/eventRule:EventRule": ({ name }) => arn("events", `rule/${name}`),
  "aws:cloudwatch/logGroup:LogGroup": ({ name }) => arn("logs", `log-group:${name}`),
  "aws:cloudwatch/metricAlarm:MetricAlarm": ({ name }) => arn("cloudwatch", `alarm:${name}`),
  "aws:codebuild/project:Project": ({ name }) => arn("codebuild", `project/${name}`),
  "aws:codeconnections/connection:Connection": ({ name }) => arn("codeconnections", `connection/${name}`),
  "aws:dynamodb/table:Table": ({ name }) => arn("dynamodb", `table/${name}`),
  "aws:ecr/repository:Repository": ({ name }) => arn("ecr", `repository/${name}`),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ({ url }) =>
    `arn:aws:iam::${account}:oidc-provider/${url?.replace("https://", "")}`,
  "aws:iam/policy:Policy": ({ name }) => `arn:aws:iam::${account}:policy/${name}`,
  "aws:iam/role:Role": ({ name }) => `arn:aws:iam::${account}:role/${name}`,
  "aws:lambda/function:Function": ({ name }) => arn("lambda", `function:${name}`),
  "aws:secretsmanager/secret:Secret": ({ name }) => arn("secretsmanager", `secret:${name}-AbCdEf`),
  "aws:sfn/stateMachine:StateMachine": ({ name }) => arn("states", `stateMachine:${name}`),
  "aws:sns/topic:Topic": ({ name }) => arn("sns", name),
  "aws:sqs/queue:Queue": ({ name }) => arn("sqs", name),
};

/** A published version; not 1, so that a constant 1 would fail. */
const version = "7";

const outputsByType: Readonly<Record<string, (inputs: Inputs) => Outputs>> = {
  "aws:ecr/repository:Repository": ({ name }) => ({
    registryId: account,
    repositoryUrl: `${account}.dkr.ecr.${region}.amazonaws.com/${name}`,
  }),
  "aws:codeconnections/connection:Connection": () => ({ connectionStatus: "PENDING" }),
  "aws:lb/loadBalancer:LoadBalancer": ({ name }) => ({ dnsName: `${name}-1.${region}.elb.amazonaws.com` }),
  "aws:lambda/function:Function": ({ name }) => ({
    version,
    qualifiedArn: arn("lambda", `function:${name}:${version}`),
    invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn("lambda", `function:${name}`)}/invocations`,
  }),
  "aws:lambda/functionUrl:FunctionUrl": ({ functionName }) => ({
    functionUrl: `https://${functionName}.lambda-url.${region}.on.aws/`,
  }),
  "aws:sqs/queue:Queue": ({ name }) => ({ url: `https://sqs.${region}.amazonaws.com/${account}/${name}` }),
  "random:index/randomBytes:RandomBytes": () => ({ base64: "a2V5", hex: "6b6579" }),
  "random:index/randomPassword:RandomPassword": () => ({ result: "made-up-by-random" }),
};

/** Outputs of a created resource. A type that is not listed gets a recognisable ARN. */
export function computedOutputs(type: string, name: string, inputs: Inputs): Outputs {
  const ownArn = arnsByType[type]?.(inputs) ?? arn("mock", `${type}/${inputs["name"] ?? name}`);
  return { arn: ownArn, ...outputsByType[type]?.(inputs) };
}

const calls: Readonly<Record<string, (inputs: Inputs) => Outputs>> = {
  "aws:ec2/getAmi:getAmi": () => ({ id: "ami-0123456789abcdef0" }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": () => ({
    names: ["a", "b", "c"].map((zone) => `${region}${zone}`),
    zoneIds: ["euc1-az2", "euc1-az3", "euc1-az1"],
  }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({
    accountId: account,
    arn: `arn:aws:iam::${account}:user/operator`,
    userId: "AIDA",
  }),
  "aws:index/getPartition:getPartition": () => ({ partition: "aws", dnsSuffix: "amazonaws.com" }),
  "aws:index/getRegion:getRegion": () => ({ region, description: "Europe (Frankfurt)" }),
};

/** @throws Error for a lookup that is not listed: an invented answer would prove nothing */
export function answerCall(token: string, inputs: Inputs): Outputs {
  const answer = calls[token];
  if (answer === undefined) {
    throw new Error(`The tests have no answer for "${token}": add AWS's answer to test/infra/program/aws.ts.`);
  }
  return answer(inputs);
}
