/**
 * Fills `${name}` in a text.
 *
 * @throws Error naming a placeholder that has no value: what is left open would be found when a release runs
 */
export function fillPlaceholders(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Nothing is known that \${${name}} could stand for.`);
    return value;
  });
}
