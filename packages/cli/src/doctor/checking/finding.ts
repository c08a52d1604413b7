import { catalogue, type ProblemId } from "./catalogue.ts";

/** One result of a check. */
export type Finding = {
  /** An id of the catalogue, or the check's id when nothing is wrong. */
  id: string;
  severity: "ok" | "warning" | "error";
  /** `staging/backend`, `acme/shop` */
  subject: string;
  seen: string;
  /** Absent when nothing is wrong. */
  remedy?: string;
};

/** @param values for the placeholders `<…>` in the remedy */
export function problem(
  id: ProblemId,
  subject: string,
  seen: string,
  values: Readonly<Record<string, string>> = {},
): Finding {
  const { severity, remedy } = catalogue[id];
  return {
    id,
    severity,
    subject,
    seen,
    remedy: remedy.replaceAll(/<(\w+)>/g, (slot, name: string) => values[name] ?? slot),
  };
}

/** The problems of a subject, or one `ok` finding if it has none. */
export function problemsOr(problems: readonly Finding[], check: string, subject: string, seen: string): Finding[] {
  return problems.length > 0 ? [...problems] : [{ id: check, severity: "ok", subject, seen }];
}
