/** Public API of the configuration. */

export { type CommandName } from "./commands.ts";
export type { Config } from "./config.ts";
export { type Environment, ENVIRONMENT_NAMES, readEnvironment } from "./environment.ts";
export { envExample, helpText, settingsTable } from "./help.ts";
export { type Invocation, loadConfig, type LoadOptions, type LoadResult } from "./load.ts";
export { ENVIRONMENT_FLAGS, permissionFlags } from "./permissions.ts";

export { isSecret, secretsOf, settingEntries, settingFlag, type SettingName } from "./settings.ts";
