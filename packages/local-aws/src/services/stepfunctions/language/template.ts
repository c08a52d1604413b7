import { type Bindings, describeEvaluationError, NotJson, toJson, type Expression } from "./expressions.ts";
import { isJsonArray, isJsonObject, type Json } from "./json.ts";

/** A field's value with its expressions parsed. `location` is Step Functions' name of the field in errors. */
export type Template =
  | { kind: "literal"; location: string; value: Json }
  | { kind: "expression"; location: string; expression: Expression }
  | { kind: "array"; location: string; items: readonly Template[] }
  | { kind: "object"; location: string; members: readonly (readonly [string, Template])[] };

/** An expression has no usable value. `problem` continues AWS's "An error occurred while executing …". */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly location: string;
  readonly problem: string;

  constructor(location: string, problem: string) {
    super(problem);
    this.location = location;
    this.problem = problem;
  }
}

const EXPRESSION = /^\{%([\s\S]*)%\}$/;

/** A string is an expression when it begins with `{%` and ends with `%}`, without surrounding spaces. */
export function compileTemplate(value: Json, location: string, parse: (source: string) => Expression): Template {
  if (typeof value === "string") {
    const source = EXPRESSION.exec(value)?.[1]?.trim();
    return source === undefined
      ? { kind: "literal", location, value }
      : { kind: "expression", location, expression: parse(source) };
  }
  if (isJsonArray(value)) {
    const items = value.map((item, index) => compileTemplate(item, `${location}[${index}]`, parse));
    return items.every((item) => item.kind === "literal")
      ? { kind: "literal", location, value }
      : { kind: "array", location, items };
  }
  if (isJsonObject(value)) {
    const members = Object.entries(value).map(
      ([key, member]) => [key, compileTemplate(member, `${location}/${key}`, parse)] as const,
    );
    return members.every(([, member]) => member.kind === "literal")
      ? { kind: "literal", location, value }
      : { kind: "object", location, members };
  }
  return { kind: "literal", location, value };
}

/** @throws TemplateError for an expression that fails, or returns nothing or a function. */
export async function evaluateTemplate(template: Template, bindings: Bindings): Promise<Json> {
  switch (template.kind) {
    case "literal":
      return template.value;
    case "expression":
      return evaluateExpression(template.expression, template.location, bindings);
    case "array": {
      const items: Json[] = [];
      for (const item of template.items) items.push(await evaluateTemplate(item, bindings));
      return items;
    }
    case "object": {
      const members: Record<string, Json> = {};
      for (const [key, member] of template.members) members[key] = await evaluateTemplate(member, bindings);
      return members;
    }
  }
}

async function evaluateExpression(
  { source, evaluate }: Expression,
  location: string,
  bindings: Bindings,
): Promise<Json> {
  const problem = (what: string): TemplateError =>
    new TemplateError(location, `The JSONata expression '${source}' specified for the field '${location}' ${what}`);
  const result = await evaluate(bindings).catch((error: unknown) => {
    throw problem(`threw an error during evaluation. ${describeEvaluationError(error)}`);
  });
  let value: Json | undefined;
  try {
    value = toJson(result);
  } catch (error) {
    if (error instanceof NotJson) throw problem("returned an unsupported result type.");
    throw error;
  }
  if (value === undefined) throw problem("returned nothing (undefined).");
  return value;
}
