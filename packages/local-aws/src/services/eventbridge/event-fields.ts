import { isJsonObject } from "../../protocol/json.ts";

/** A value of an event that is not an object or an array. */
export type EventField = {
  value: unknown;
  /** Index of the element in each array around the value, by the array. */
  elements: ReadonlyMap<object, number>;
};

/** All values of an event, by their path: names joined by dots. Empty objects and arrays have no values. */
export function fieldsOf(event: Readonly<Record<string, unknown>>): ReadonlyMap<string, readonly EventField[]> {
  const fields = new Map<string, EventField[]>();
  const add = (value: unknown, path: string, elements: ReadonlyMap<object, number>): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) add(item, path, new Map([...elements, [value, index]]));
    } else if (isJsonObject(value)) {
      for (const [name, member] of Object.entries(value)) add(member, path === "" ? name : `${path}.${name}`, elements);
    } else if (value !== undefined) {
      fields.set(path, [...(fields.get(path) ?? []), { value, elements }]);
    }
  };
  add(event, "", new Map());
  return fields;
}

/** Whether two values are in the same element of each array that contains both. */
export function isTogether(one: EventField, other: EventField): boolean {
  return [...one.elements].every(([array, index]) => (other.elements.get(array) ?? index) === index);
}
