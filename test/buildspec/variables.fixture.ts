/** The variables of one build, and values that a shell could evaluate. */
export const registry = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
export const sha = "0123456789abcdef0123456789abcdef01234567";
export const digest = `sha256:${"ab".repeat(32)}`;

export const variables = {
  LOCKMASTER_REPOSITORY: "acme/shop",
  LOCKMASTER_IMAGE: "backend",
  LOCKMASTER_SHA: sha,
  LOCKMASTER_REF: "refs/heads/main",
  LOCKMASTER_ATTEMPT: "1",
  LOCKMASTER_CONTEXT: "backend",
  LOCKMASTER_DOCKERFILE: "Dockerfile",
  LOCKMASTER_TARGET: "runtime",
  LOCKMASTER_TEST_TARGET: "test",
  LOCKMASTER_PLATFORM: "linux/arm64",
  LOCKMASTER_REPOSITORY_URI: `${registry}/shop/backend`,
  LOCKMASTER_CACHE_REPOSITORY_URI: `${registry}/shop/cache`,
  LOCKMASTER_SOURCE_URL: "https://github.com/acme/shop",
  FAKE_DIGEST: digest,
  FAKE_SIZE: "48123456",
  FAKE_COMMIT: sha,
};

export const hostile = [
  "$(touch pwned)",
  "`touch pwned`",
  "a;touch pwned",
  "a && touch pwned",
  "a | touch pwned",
  "a > pwned",
  "${HOME} $PATH",
  "two words",
  'it\'s "quoted"',
  "line\nbreak; touch pwned",
  "* ? [a]",
  "--push",
  "-",
  "a,type=local,dest=pwned",
  "x[$(touch pwned)]",
  "%s%n\\",
];
