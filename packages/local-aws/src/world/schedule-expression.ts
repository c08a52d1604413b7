/** The grammar of cron expressions, which EventBridge's rules and EventBridge Scheduler share. */

type Field = {
  /** Inclusive. */
  range: readonly [min: number, max: number];
  /** Names that stand for numbers, the first for the minimum. */
  names?: readonly string[];
  /** Further forms: the last day, the nearest weekday, the second Friday. */
  special?: RegExp;
};

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** Day of month and day of week are checked together: one of them is `?`. */
const dayOfMonth: Field = { range: [1, 31], special: /^(L|LW|L-([1-9]|[12]\d|30)|([1-9]|[12]\d|3[01])W)$/ };
const dayOfWeek: Field = {
  range: [1, 7],
  names: weekdays,
  special: new RegExp(`^(L|([1-7]|${weekdays.join("|")})(L|#[1-5]))$`),
};

/**
 * Whether a text is a cron expression: minutes, hours, day of month, month, day of week, year.
 *
 * @param expression with `cron(` and `)`
 * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
 */
export function isCron(expression: string): boolean {
  const fields = /^cron\(([^()]+)\)$/.exec(expression)?.[1]?.trim().split(/ +/) ?? [];
  if (fields.length !== 6) return false;
  const [minutes = "", hours = "", date = "", month = "", weekday = "", year = ""] = fields;
  return (
    isField(minutes, { range: [0, 59] }) &&
    isField(hours, { range: [0, 23] }) &&
    isField(month, { range: [1, 12], names: months }) &&
    isField(year, { range: [1970, 2199] }) &&
    ((date === "?" && isField(weekday, dayOfWeek)) || (weekday === "?" && isField(date, dayOfMonth)))
  );
}

/** A list of values, ranges and increments; or `*`, which can have an increment. */
function isField(text: string, field: Field): boolean {
  return text.split(",").every((part) => isPart(part, field));
}

function isPart(text: string, field: Field): boolean {
  if (field.special?.test(text.toUpperCase()) === true) return true;
  const [base = "", step, ...more] = text.split("/");
  if (more.length > 0 || (step !== undefined && !isStep(step, field))) return false;
  if (base === "*") return true;
  const bounds = base.split("-").map((value) => numberOf(value, field));
  const [from, to = from] = bounds;
  return bounds.length <= 2 && from !== undefined && to !== undefined && !bounds.includes(undefined);
}

/** An increment is positive and within the field: `0/60` and `*\/60` are refused for minutes (aws/aws-sdk-js#4212). */
function isStep(text: string, { range: [, max] }: Field): boolean {
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= max;
}

function numberOf(text: string, { range: [min, max], names = [] }: Field): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return min + named;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? value : undefined;
}
