/** All resources: the texts that ship with the server, and the templates for the caller's objects. */

import { codingAssistant, customerSupport, dataAnalyst } from "./assistant_templates.ts";
import type { Resource, ResourceTemplate } from "./define_resource.ts";
import { file } from "./file_content.ts";
import { apiGuide, practices, troubleshooting } from "./guides.ts";
import { assistant, run, thread } from "./api_objects.ts";
import { advancedWorkflow, basicWorkflow, batchWorkflow } from "./workflows.ts";

export {
  type Resource,
  type ResourceContext,
  type ResourceTemplate,
  variablesOf,
} from "./define_resource.ts";

export const resources: readonly Resource[] = [
  apiGuide,
  practices,
  troubleshooting,
  codingAssistant,
  dataAnalyst,
  customerSupport,
  basicWorkflow,
  advancedWorkflow,
  batchWorkflow,
];

export const resourceTemplates: readonly ResourceTemplate[] = [assistant, thread, run, file];
