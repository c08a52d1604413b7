// Writes docs/permissions.md. Run it after permissions have changed; a test fails until then.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { permissionsDocument } from "@lockmaster/installation/documents/permissions-document.ts";

writeFileSync(join(import.meta.dirname, "../docs/permissions.md"), permissionsDocument());
