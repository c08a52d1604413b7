import { expect, test } from "vitest";
import { isLikelySecret } from "./likely-secret.ts";

test.each([
  ["DATABASE_PASSWORD", "hunter2"],
  ["databasePassword", "hunter2"],
  ["db-passwd", "x"],
  ["STRIPE_API_KEY", "abc"],
  ["SESSION_SECRET", "abc"],
  ["AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI"],
  ["AWS_ACCESS_KEY_ID", "not an id"],
  ["OAUTH_TOKEN", "abc"],
  ["KEY", `AKIA${"A".repeat(16)}`],
  ["GIT", `ghp_${"a".repeat(36)}`],
  ["URL", "postgres://shop:hunter2@db.internal:5432/shop"],
  ["REDIS_URL", "redis://:hunter2@cache:6379"],
  ["PEM", "-----BEGIN RSA PRIVATE KEY-----\nMII"],
  ["JWT", ["eyJhbGciOiJIUzI1", "eyJzdWIiOiIxMjM0", "abc"].join(".")],
])("%s=%s is a secret", (name, value) => {
  expect(isLikelySecret(name, value)).toBe(true);
});

test.each([
  ["PORT", "8080"],
  ["DATABASE_PASSWORD", ""],
  ["DATABASE_PASSWORD_ARN", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"],
  ["DATABASE_SECRET", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"],
  ["PASSWORD_FILE", "/run/secrets/password"],
  ["TOKEN_TTL", "3600s"],
  ["TOKEN_URL", "https://login.example/token"],
  ["PASSWORD_MIN_LENGTH", "12"],
  ["API_KEY_HEADER", "x-api-key"],
  ["SECRET_NAME", "shop/database"],
  ["ENABLE_TOKEN", "true"],
  ["TOKENIZER", "bert"],
  ["DATABASE_URL", "postgres://db.internal:5432/shop"],
  ["KEYBOARD", "qwertz"],
])("%s=%s is not a secret", (name, value) => {
  expect(isLikelySecret(name, value)).toBe(false);
});
