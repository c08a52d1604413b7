/**
 * What a function's bundle is made with, in esbuild's words: the same on AWS, where SST bundles, and in the local AWS. Only
 * what SST lets choose is here; the rest is alike by itself: `bundle`, `platform: "node"`, ES modules.
 */
export const bundling = {
  minify: true,
  /** What SST takes for nodejs24.x. */
  target: "es2024",
  /** Errors are told apart by literal names, and classes' own names are longer than the classes. */
  keepNames: false,
  /** Makes esbuild take the SDK's ES modules, which it can shake: a third smaller than `platform: "node"` by itself. */
  mainFields: ["module", "main"],
  /**
   * Where the SDK looks for credentials when the environment has none. Lambda's always has: loaded they never are, and
   * left out they make a bundle a third smaller and its start a fifth quicker.
   */
  external: [
    "@aws-sdk/credential-provider-http",
    "@aws-sdk/credential-provider-ini",
    "@aws-sdk/credential-provider-process",
    "@aws-sdk/credential-provider-sso",
    "@aws-sdk/credential-provider-web-identity",
    "@smithy/credential-provider-imds",
  ] as string[],
};
