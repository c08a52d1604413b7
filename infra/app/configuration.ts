import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import exported from "../../lockmaster.config.ts";

/** What the user configured, checked: nothing is deployed with a mistake in it. */
export const configuration = validateConfiguration(exported);
