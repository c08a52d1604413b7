import { isJsonObject } from "../../protocol/json.ts";

/** A value of an event that is not an object or an array. */
export type EventField = {
  value: unknown;
  /** Index of the element in each array around the value, by the array. */
  elements: ReadonlyMap<object, number>;
};

type EventFields = ReadonlyMap<string, readonly EventField[]>;

/** An event does not change, and every rule of a bus needs its fields. */
const known = new WeakMap<object, EventFields>();

/** All values of an event, by their path: names joined by dots. Empty objects and arrays have no values. */
export function fieldsOf(event: Readonly<Record<string, unknown>>): EventFields {
  const fields = known.get(event) ?? readFields(event);
  known.set(event, fields);
  return fields;
}

function readFields(event: Readonly<Record<string, unknown>>): EventFields {
  const fields = new Map<string, EventField[]>();
  const add = (value: unknown, path: string, elements: ReadonlyMap<object, number>): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) add(item, path, new Map([...elements, [value, index]]));
    } else if (isJsonObject(value)) {
      for (const [name, member] of Object.entries(value)) add(member, path === "" ? name : `${path}.${name}`, elements);
    } else if (value !== undefined) {
      const field = { value, elements };
      const others = fields.get(path);
      if (others === undefined) fields.set(path, [field]);
      else others.push(field);
    }
  };
  add(event, "", new Map());
  return fields;
}

/** Whether two values are in the same element of each array that contains both. */
export function isTogether(one: EventField, other: EventField): boolean {
  return [...one.elements].every(([array, index]) => (other.elements.get(array) ?? index) === index);
}
