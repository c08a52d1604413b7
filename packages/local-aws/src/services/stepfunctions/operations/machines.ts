import {
  CreateStateMachine$,
  DescribeStateMachine$,
  ListStateMachines$,
  ListTagsForResource$,
  UpdateStateMachine$,
  type CreateStateMachineInput,
  type CreateStateMachineOutput,
  type DescribeStateMachineInput,
  type DescribeStateMachineOutput,
  type ListStateMachinesInput,
  type ListStateMachinesOutput,
  type ListTagsForResourceInput,
  type ListTagsForResourceOutput,
  type UpdateStateMachineInput,
  type UpdateStateMachineOutput,
} from "@aws-sdk/client-sfn";
import { AwsError, notInLocalAws } from "../../../protocol/errors.ts";
import { operation, type Operation, type Parsed } from "../../../protocol/service.ts";
import { checkArn, checkName, stateMachineArn } from "./arns.ts";
import { parseDefinition } from "../definition/parse.ts";
import { sfnPage } from "./pages.ts";
import type { Store } from "./store.ts";

/** Settings that tools send with AWS's defaults, which are the only values here. */
const plainSettings = ["encryptionConfiguration", "loggingConfiguration", "publish", "tracingConfiguration"] as const;

/** @throws AwsError NotInLocalAws for a setting with another value than the default */
function refuseSettings(input: Parsed<Pick<CreateStateMachineInput, (typeof plainSettings)[number]>>): void {
  const { encryptionConfiguration: encryption, loggingConfiguration: logging, tracingConfiguration: tracing } = input;
  if (input.publish === true) throw notInLocalAws("versions of state machines");
  if ((logging?.level ?? "OFF") !== "OFF") throw notInLocalAws("logs of state machines");
  if (tracing?.enabled === true) throw notInLocalAws("traces of state machines");
  if ((encryption?.type ?? "AWS_OWNED_KEY") !== "AWS_OWNED_KEY") throw notInLocalAws("keys of state machines");
}

/** CreateStateMachine, DescribeStateMachine, ListStateMachines, ListTagsForResource, UpdateStateMachine. */
export function machineOperations(store: Store): Record<string, Operation> {
  return {
    CreateStateMachine: operation<CreateStateMachineInput, CreateStateMachineOutput>(
      CreateStateMachine$,
      ["name", "definition", "roleArn", "type", "tags", ...plainSettings],
      (input) => create(store, input),
    ),
    DescribeStateMachine: operation<DescribeStateMachineInput, DescribeStateMachineOutput>(
      DescribeStateMachine$,
      ["stateMachineArn", "includedData"],
      ({ stateMachineArn: arn, includedData }) => describe(store, arn, includedData !== "METADATA_ONLY"),
    ),
    ListStateMachines: operation<ListStateMachinesInput, ListStateMachinesOutput>(
      ListStateMachines$,
      ["maxResults", "nextToken"],
      (input) => list(store, input),
    ),
    ListTagsForResource: operation<ListTagsForResourceInput, ListTagsForResourceOutput>(
      ListTagsForResource$,
      ["resourceArn"],
      ({ resourceArn }) => {
        const machine = store.machines.get(resourceArn);
        if (machine !== undefined) return { tags: [...machine.tags] };
        checkArn(resourceArn, "stateMachine");
        throw new AwsError("ResourceNotFound", `Resource not found: '${resourceArn}'`);
      },
    ),
    UpdateStateMachine: operation<UpdateStateMachineInput, UpdateStateMachineOutput>(
      UpdateStateMachine$,
      ["stateMachineArn", "definition", "roleArn", ...plainSettings],
      (input) => update(store, input),
    ),
  };
}

/** Idempotent for the same state machine. Another definition or role with an existing name is an error. */
function create(store: Store, input: Parsed<CreateStateMachineInput>): CreateStateMachineOutput {
  const { name, definition: text, roleArn, type = "STANDARD", tags = [] } = input;
  if (type !== "STANDARD") throw notInLocalAws(`state machines of type ${type}`);
  refuseSettings(input);
  checkName(name);
  const definition = parseDefinition(text, store.expressions);
  const arn = stateMachineArn(store.world, name);
  const existing = store.machines.get(arn);
  if (existing !== undefined) {
    if (existing.definitionText === text && existing.roleArn === roleArn)
      return { stateMachineArn: arn, creationDate: new Date(existing.createdAt) };
    throw new AwsError("StateMachineAlreadyExists", `State Machine Already Exists: '${arn}'`);
  }
  const createdAt = store.world.clock.now();
  const revisionId = store.uuid();
  const machine = { arn, name, roleArn, definition, definitionText: text, createdAt, tags };
  store.machines.set(arn, { ...machine, revisionId, isUpdated: false });
  return { stateMachineArn: arn, creationDate: new Date(createdAt) };
}

/** Running executions, and redrives of ended ones, keep the definition that they started with. */
function update(store: Store, input: Parsed<UpdateStateMachineInput>): UpdateStateMachineOutput {
  const { stateMachineArn: arn, definition: text, roleArn } = input;
  const machine = store.machine(arn);
  refuseSettings(input);
  const { encryptionConfiguration, loggingConfiguration, tracingConfiguration } = input;
  const settings = [text, roleArn, encryptionConfiguration, loggingConfiguration, tracingConfiguration];
  if (settings.every((setting) => setting === undefined)) {
    throw new AwsError(
      "MissingRequiredParameter",
      "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration or the TracingConfiguration must be specified",
    );
  }
  const revisionId = store.uuid();
  store.machines.set(arn, {
    ...machine,
    ...(text !== undefined && { definition: parseDefinition(text, store.expressions), definitionText: text }),
    ...(roleArn !== undefined && { roleArn }),
    revisionId,
    isUpdated: true,
  });
  return { updateDate: new Date(store.world.clock.now()), revisionId };
}

function describe(store: Store, arn: string, withDefinition: boolean): DescribeStateMachineOutput {
  const machine = store.machine(arn);
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    status: "ACTIVE",
    definition: withDefinition ? machine.definitionText : "{}",
    roleArn: machine.roleArn,
    type: "STANDARD",
    creationDate: new Date(machine.createdAt),
    loggingConfiguration: { level: "OFF", includeExecutionData: false },
    tracingConfiguration: { enabled: false },
    ...(machine.isUpdated && { revisionId: machine.revisionId }),
  };
}

function list(store: Store, input: Parsed<ListStateMachinesInput>): ListStateMachinesOutput {
  const machines = [...store.machines.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  const { items, nextToken } = sfnPage(machines, input);
  return {
    stateMachines: items.map(({ arn, name, createdAt }) => ({
      stateMachineArn: arn,
      name,
      type: "STANDARD",
      creationDate: new Date(createdAt),
    })),
    ...(nextToken === undefined ? {} : { nextToken }),
  };
}
