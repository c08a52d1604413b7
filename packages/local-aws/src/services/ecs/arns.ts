/** Ids and ARNs of ECS resources, in the long format (the only format since April 2021). */
import { digitsFrom, uuidFrom } from "../../protocol/identifiers.ts";

export type AccountRegion = { region: string; accountId: string };

export type EcsIds = {
  /** 32 hexadecimal digits, as in the ARN of a task. */
  hex(): string;
  /** Nineteen digits, as in `ecs-svc/…` and in the ARN of a service revision. */
  digits(): string;
  /** 21 characters, as in the ARN of a service deployment. */
  short(): string;
  uuid(): string;
};

const shortAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

/** @param random a number in [0, 1) from the seeded generator */
export function ecsIds(random: () => number): EcsIds {
  const pick = (alphabet: string, length: number) => digitsFrom(random, alphabet, length);
  return {
    hex: () => pick("0123456789abcdef", 32),
    digits: () => pick("123456789", 1) + pick("0123456789", 18),
    short: () => pick(shortAlphabet, 21),
    uuid: () => uuidFrom(random),
  };
}

/** @param resource such as `service/cluster/name` */
export function ecsArn({ region, accountId }: AccountRegion, resource: string): string {
  return `arn:aws:ecs:${region}:${accountId}:${resource}`;
}
