/** The local AWS: start it, define what happens in it, and read what happened. The package exports nothing else. */

export { type LocalAws, type LocalAwsOptions, startLocalAws } from "./start-local-aws.ts";

// Time: the default is the machine's clock.
export type { Clock, Timer } from "./clock/clock.ts";
export { type PacedClock, pacedClock } from "./clock/paced-clock.ts";
export { type VirtualClock, virtualClock } from "./clock/virtual-clock.ts";
export { type Latency, noLatency, usualLatency } from "./world/latency.ts";
export { randomSequence } from "./world/random.ts";

// Scenarios: the behaviour of the simulated engines, and faults.
export { type Fault, type FaultInput, FaultService } from "./scenario/fault-rules.ts";
export { Scenario, type ScenarioInput } from "./scenario/scenario.ts";

// Builds and images.
export type { ImageStore, StoredImage } from "./engines/engine.ts";
export type { BuildRecipe, BuildWork, PushedImage, RecipeInput } from "./engines/simulated/build-recipe.ts";
export { type ImageDescription, type SimulatedImage, simulatedImage } from "./engines/simulated/image.ts";
export { attestedImage } from "./engines/simulated/image-index.ts";

// Functions.
export { type Bundle, bundleFunctions, type Bundling } from "./lambda/bundle.ts";
export type { FunctionDefinition } from "./lambda/functions.ts";
export { createLambda, type InvocationRecord, type LambdaRuntime } from "./lambda/runtime.ts";

// Executions, events, calls and their answers.
export { type Answer, errorAnswer, queryErrorAnswer } from "./protocol/answer.ts";
export type { Around, ObservedCall } from "./protocol/dispatch.ts";
export { AwsError } from "./protocol/errors.ts";
export type { Call, Caller, LocalService } from "./protocol/service.ts";
export type { BusEvent } from "./services/eventbridge/bus.ts";
export type { RecordedEvent } from "./services/stepfunctions/interpreter/history.ts";
export { createStepFunctions, type ExecutionView } from "./services/stepfunctions/stepfunctions.ts";
export type { InvocationResult, World } from "./world/world.ts";

// For tests of an installation's policies: the demands of operations, and what a statement allows.
export type { Grant } from "./access/authorization.ts";
export { matcherOf, type Statement } from "./access/statement.ts";
export { type Demand, passRole } from "./protocol/demand.ts";

// For tests of event patterns and JSONata expressions.
export { compilePattern } from "./services/eventbridge/pattern.ts";
export { createExpressions } from "./services/stepfunctions/language/expressions.ts";
