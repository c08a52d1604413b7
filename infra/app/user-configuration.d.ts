/** The user's file: a fresh clone does not have it, and its types are checked all the same. */
declare module "the file that `npm run lockmaster -- init` writes: ./lockmaster.config.ts" {
  const configuration: unknown;
  export default configuration;
}
