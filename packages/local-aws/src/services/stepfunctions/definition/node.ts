import type { AwsError } from "../../../protocol/errors.ts";
import { invalidDefinition } from "../language/errors.ts";
import { describeEvaluationError, type Expressions } from "../language/expressions.ts";
import { isJsonArray, isJsonObject, type Json, type JsonObject, numberOf } from "../language/json.ts";
import { compileTemplate, type Template } from "../language/template.ts";
import type { QueryLanguage } from "./fields.ts";

export type Bounds = { min: number; max?: number; integer?: boolean };

/** One object of a definition, for reading: typed access to its fields, its path for error messages, its query language. */
export class Node {
  readonly value: JsonObject;
  readonly path: string;
  readonly language: QueryLanguage;
  readonly expressions: Expressions;

  constructor(value: JsonObject, path: string, language: QueryLanguage, expressions: Expressions) {
    this.value = value;
    this.path = path;
    this.language = language;
    this.expressions = expressions;
  }

  /** Creates the error about this object or one of its fields. */
  refuse(problem: string, field?: string, code = "SCHEMA_VALIDATION_FAILED"): AwsError {
    return invalidDefinition(code, problem, field === undefined ? this.path || "/" : `${this.path}/${field}`);
  }

  in(language: QueryLanguage): Node {
    return new Node(this.value, this.path, language, this.expressions);
  }

  has(field: string): boolean {
    return this.value[field] !== undefined;
  }

  allowOnly(fields: readonly string[]): void {
    for (const field of Object.keys(this.value))
      if (!fields.includes(field)) throw this.refuse(`Field '${field}' is not supported`, field);
  }

  string(field: string): string | undefined {
    const value = this.value[field];
    if (value === undefined || typeof value === "string") return value;
    throw this.refuse("Expected value of type String", field);
  }

  requiredString(field: string): string {
    const value = this.string(field);
    if (value === undefined || value === "") throw this.refuse(`The field '${field}' is required`);
    return value;
  }

  number(field: string, bounds: Bounds): number | undefined {
    const value = this.value[field];
    if (value === undefined) return undefined;
    this.#checkNumber(field, value, bounds);
    return Number(value);
  }

  #checkNumber(field: string, value: Json, { min, max, integer }: Bounds): void {
    const number = numberOf(value) ?? NaN;
    const fits = number >= min && (max === undefined || number <= max) && (!integer || Number.isInteger(number));
    const range = max === undefined ? `of at least ${min}` : `between ${min} and ${max}`;
    if (!fits) throw this.refuse(`Expected ${integer ? "an integer" : "a number"} ${range}`, field);
  }

  child(field: string): Node | undefined {
    const value = this.value[field];
    if (value === undefined) return undefined;
    if (!isJsonObject(value)) throw this.refuse("Expected value of type Object", field);
    return new Node(value, `${this.path}/${field}`, this.language, this.expressions);
  }

  children(field: string): readonly Node[] {
    const list = this.value[field];
    if (list === undefined) return [];
    if (!isJsonArray(list)) throw this.refuse("Expected value of type Array", field);
    return list.map((item, index) => {
      if (!isJsonObject(item)) throw this.refuse("Expected value of type Object", `${field}[${index}]`);
      return new Node(item, `${this.path}/${field}[${index}]`, this.language, this.expressions);
    });
  }

  /** @param location the field's name in errors of a running state machine, if different */
  template(field: string, location = field): Template | undefined {
    const value = this.value[field];
    if (value === undefined) return undefined;
    if (this.language === "JSONPath") {
      this.#refusePaths(value, field);
      return { kind: "literal", location, value };
    }
    return compileTemplate(value, location, (source) => {
      try {
        return this.expressions.parse(source);
      } catch (error) {
        throw this.refuse(`The JSONata expression '${source}' is invalid. ${describeEvaluationError(error)}`, field);
      }
    });
  }

  /** Reads a number or an expression. */
  numberTemplate(field: string, bounds: Bounds): Template | undefined {
    const template = this.template(field);
    if (template?.kind === "literal") this.#checkNumber(field, template.value, bounds);
    return template;
  }

  #refusePaths(value: Json, field: string): void {
    if (isJsonArray(value)) for (const item of value) this.#refusePaths(item, field);
    if (!isJsonObject(value)) return;
    for (const [key, member] of Object.entries(value)) {
      if (key.endsWith(".$"))
        throw this.refuse(`The local AWS runs JSONata only: it does not have the JSONPath field '${key}'`, field);
      this.#refusePaths(member, field);
    }
  }
}
