import { join } from "node:path";

/** Folder of this repository, to which every file that the topology names is relative. */
export const repositoryRoot = join(import.meta.dirname, "../../..");
