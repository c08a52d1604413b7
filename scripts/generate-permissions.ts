// Writes docs/permissions.md. To be run when permissions have changed; a test tells.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { permissionsDocument } from "@lockmaster/installation/documents/permissions-document.ts";

writeFileSync(join(import.meta.dirname, "../docs/permissions.md"), permissionsDocument());
