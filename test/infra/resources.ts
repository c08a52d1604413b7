import * as v from "valibot";
import type { RecordedResource, Recording } from "./recorded.ts";

/** Resources of a type without the provider, for example `lambda/function:Function`. */
export function ofType(recording: Recording, type: string): RecordedResource[] {
  return recording.resources.filter((resource) => resource.type === `aws:${type}`);
}

/** Their inputs, parsed by a schema; a missing one fails the test. */
export function inputsOf<Schema extends v.GenericSchema>(
  recording: Recording,
  type: string,
  schema: Schema,
): v.InferOutput<Schema>[] {
  return ofType(recording, type).map(({ inputs }) => v.parse(schema, inputs));
}

const OneOrMany = v.union([
  v.pipe(
    v.string(),
    v.transform((one) => [one]),
  ),
  v.array(v.string()),
]);

const PolicyDocument = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    Statement: v.array(
      v.object({
        Effect: v.picklist(["Allow", "Deny"]),
        Action: OneOrMany,
        Resource: v.optional(OneOrMany, []),
        Principal: v.optional(v.union([v.literal("*"), v.record(v.string(), OneOrMany)])),
        Condition: v.optional(v.record(v.string(), v.record(v.string(), OneOrMany))),
      }),
    ),
  }),
);

/** Roles with parsed documents. */
export const Role = v.object({
  name: v.string(),
  assumeRolePolicy: PolicyDocument,
  inlinePolicies: v.optional(v.array(v.object({ policy: PolicyDocument })), []),
  managedPolicyArns: v.optional(v.array(v.string()), []),
  permissionsBoundary: v.optional(v.string()),
});

/** The only role with a name. */
export function roleOf(recording: Recording, name: string): v.InferOutput<typeof Role> {
  const [role, ...more] = inputsOf(recording, "iam/role:Role", Role).filter((each) => each.name === name);
  if (role === undefined || more.length > 0)
    throw new Error(`Expected exactly one role "${name}", found ${more.length}.`);
  return role;
}
