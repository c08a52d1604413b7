/**
 * The round trip of a task definition: describe it, replace its images, register it again. Task definitions are handled as the
 * JSON of ECS, not as the SDK's types, so that a field that the SDK does not know yet is kept.
 */
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { RejectedError } from "../lib/errors.ts";

const Tag = v.object({ key: v.string(), value: v.optional(v.string()) });

/** A task definition as `DescribeTaskDefinition` returns it: the fields that are used here, and all others unchanged. */
export const DescribedTaskDefinition = v.looseObject({
  taskDefinitionArn: v.string(),
  family: v.string(),
  status: v.optional(v.string()),
  containerDefinitions: v.array(v.looseObject({ name: v.string(), image: v.string() })),
});
export type DescribedTaskDefinition = v.InferOutput<typeof DescribedTaskDefinition>;

/** The answer of `DescribeTaskDefinition` with `include: ["TAGS"]`. */
export const TaskDefinitionAnswer = v.object({
  taskDefinition: DescribedTaskDefinition,
  tags: v.optional(v.array(Tag), []),
});
export type TaskDefinitionAnswer = v.InferOutput<typeof TaskDefinitionAnswer>;

/** The input of `RegisterTaskDefinition`. */
export type TaskDefinitionInput = {
  family: string;
  containerDefinitions: DescribedTaskDefinition["containerDefinitions"];
  tags?: TaskDefinitionAnswer["tags"];
  [field: string]: unknown;
};

/** Fields that `DescribeTaskDefinition` returns and `RegisterTaskDefinition` does not accept. */
const readOnlyFields: ReadonlySet<string> = new Set([
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "registeredBy",
  "deregisteredAt",
  "deleteRequestedAt",
]);

/**
 * The input that registers the task definition again, with other images for the named containers and nothing else changed.
 *
 * Tags are kept, except those of AWS (`aws:`), which only AWS is permitted to set. An empty list of tags is omitted, because ECS
 * refuses it ("Tags can not be empty.").
 *
 * @param images reference (`registry/repository@sha256:…`) by container name
 * @throws RejectedError CONTAINER_NOT_FOUND when the task definition has no such container
 */
export function renderTaskDefinition(
  { taskDefinition, tags }: TaskDefinitionAnswer,
  images: Readonly<Record<string, string>>,
): TaskDefinitionInput {
  const names = new Set(taskDefinition.containerDefinitions.map(({ name }) => name));
  const missing = Object.keys(images).filter((name) => !names.has(name));
  if (missing.length > 0) throw containersMissing(taskDefinition, missing);

  const { family, containerDefinitions, ...others } = taskDefinition;
  const kept = Object.fromEntries(Object.entries(others).filter(([field]) => !readOnlyFields.has(field)));
  const ownTags = tags.filter(({ key }) => !key.startsWith("aws:"));
  return {
    ...kept,
    family,
    containerDefinitions: containerDefinitions.map((container) => ({
      ...container,
      image: (Object.hasOwn(images, container.name) ? images[container.name] : undefined) ?? container.image,
    })),
    ...(ownTags.length > 0 && { tags: ownTags }),
  };
}

/**
 * Whether two rendered task definitions run the same. The order of fields, and of lists that ECS treats as sets (environment,
 * secrets, tags), does not matter, and an empty list equals an absent one. Empty strings, zero and `false` matter.
 */
export function sameTaskDefinition(a: TaskDefinitionInput, b: TaskDefinitionInput): boolean {
  return isDeepStrictEqual(normalize(a), normalize(b));
}

/** Image references by container, pinned to the recorded digests; only of images without a digest of their own. */
export function pinnedImages(
  { taskDefinition }: TaskDefinitionAnswer,
  digests: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    taskDefinition.containerDefinitions.flatMap(({ name, image }) => {
      const digest = Object.hasOwn(digests, name) ? digests[name] : undefined;
      return digest === undefined || digestOf(image) !== undefined ? [] : [[name, pinImage(image, digest)]];
    }),
  );
}

/** The digest in an image reference, if it has one. */
export function digestOf(image: string): string | undefined {
  return /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];
}

/** `registry:5000/name:tag` → `registry:5000/name@sha256:…`; a colon before the last slash is a port. */
function pinImage(image: string, digest: string): string {
  const [reference = image] = image.split("@");
  return `${reference.replace(/:[^/:]+$/, "")}@${digest}`;
}

/** Lists whose order ECS does not keep, with the field that identifies an entry. */
const setsBy: Readonly<Record<string, string>> = { environment: "name", secrets: "name", tags: "key" };

function normalize(value: unknown, field?: string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => normalize(item));
    const by = field === undefined ? undefined : setsBy[field];
    return by === undefined ? items : items.sort((a, b) => compareText(textAt(a, by), textAt(b, by)));
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null && entry !== undefined && !(Array.isArray(entry) && entry.length === 0))
      .map(([key, entry]) => [key, normalize(entry, key)]),
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const textAt = (value: unknown, key: string) => (isRecord(value) ? String(value[key]) : "");
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const containersMissing = ({ taskDefinitionArn, containerDefinitions }: DescribedTaskDefinition, missing: string[]) =>
  new RejectedError(
    `${taskDefinitionArn} has no container ${missing.join(", ")}; it has ${containerDefinitions.map(({ name }) => name).join(", ")}. ` +
      "Correct the containers in the configuration, then redrive.",
    { code: "CONTAINER_NOT_FOUND" },
  );
