/** CPU time that `run` takes, of all threads of this process, in milliseconds. */
export async function cpuMs(run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Upper median. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Prints one line of a report. */
export function line(what: string, value: string): void {
  console.log(`${what.padEnd(44)}${value.padStart(10)}`);
}
