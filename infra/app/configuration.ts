import { validateConfiguration } from "@lockmaster/core/config/validate.ts";
import exported from "../../lockmaster.config.ts";

/** The user's configuration, validated: a deployment with an invalid configuration fails here. */
export const configuration = validateConfiguration(exported);
