/** `build` pushes images of a repository; `check` runs the tests of its pull requests and cannot push. */
export type BuildKind = "build" | "check";
