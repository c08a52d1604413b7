import { catalogue, type TroubleId } from "./catalogue.ts";

/** What a check has found. */
export type Finding = {
  /** A check's name where all is well, else of the catalogue. */
  id: string;
  severity: "ok" | "warning" | "error";
  /** What it is about: `staging/backend`, `acme/shop`. */
  subject: string;
  seen: string;
  /** Absent where all is well. */
  remedy?: string;
};

/** @param values for what stands in `<…>` in the remedy */
export function trouble(
  id: TroubleId,
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

/** What a check tells of a subject: its troubles, or that it has seen none. */
export function troublesOr(troubles: readonly Finding[], check: string, subject: string, seen: string): Finding[] {
  return troubles.length > 0 ? [...troubles] : [{ id: check, severity: "ok", subject, seen }];
}
