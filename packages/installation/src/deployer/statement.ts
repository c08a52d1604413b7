type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** A statement of the policy of the role that deploys Lockmaster: of all policies, the only one that also denies. */
export type DeployerStatement = {
  Sid: string;
  Effect: "Allow" | "Deny";
  Action: readonly string[];
  Resource: readonly string[];
  Condition?: Condition;
};
