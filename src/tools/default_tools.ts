/** The tools that are served by default, in the order in which clients list them. */

import {
  createAssistant,
  deleteAssistant,
  getAssistant,
  listAssistants,
  modifyAssistant,
} from "./catalog/assistants.ts";
import { askAssistant } from "./catalog/chat.ts";
import { createImage, editImage } from "./catalog/images.ts";
import { getJob } from "./catalog/jobs.ts";
import {
  createMessage,
  deleteMessage,
  getMessage,
  listMessages,
  modifyMessage,
} from "./catalog/messages.ts";
import { askOpenai, listModels } from "./catalog/models.ts";
import { getRunStep, listRunSteps } from "./catalog/run_steps.ts";
import {
  cancelRun,
  createRun,
  createThreadAndRun,
  getRun,
  listRuns,
  modifyRun,
  submitToolOutputs,
  waitForRun,
} from "./catalog/runs.ts";
import {
  createThread,
  deleteThread,
  getThread,
  listThreads,
  modifyThread,
} from "./catalog/threads.ts";
import type { Tool } from "./define_tool.ts";

export const defaultTools: readonly Tool[] = [
  askAssistant,
  askOpenai,
  listModels,
  getJob,
  createImage,
  editImage,
  createAssistant,
  listAssistants,
  getAssistant,
  modifyAssistant,
  deleteAssistant,
  createThread,
  listThreads,
  getThread,
  modifyThread,
  deleteThread,
  createMessage,
  listMessages,
  getMessage,
  modifyMessage,
  deleteMessage,
  createRun,
  createThreadAndRun,
  listRuns,
  getRun,
  modifyRun,
  submitToolOutputs,
  cancelRun,
  waitForRun,
  listRunSteps,
  getRunStep,
];
