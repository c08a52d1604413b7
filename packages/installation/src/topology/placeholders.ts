/**
 * Fills `${name}` in a text.
 *
 * @throws Error naming a placeholder without a value, which would otherwise fail only when a release runs
 */
export function fillPlaceholders(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The placeholder \${${name}} has no value.`);
    return value;
  });
}
