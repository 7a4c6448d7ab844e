/** The tools that need not be asked for, in the order in which clients see them. */

import {
  createAssistant,
  deleteAssistant,
  getAssistant,
  listAssistants,
  modifyAssistant,
} from "./assistants.ts";
import { askAssistant } from "./chat.ts";
import { createImage, editImage } from "./images.ts";
import { getJob } from "./jobs.ts";
import {
  createMessage,
  deleteMessage,
  getMessage,
  listMessages,
  modifyMessage,
} from "./messages.ts";
import { askOpenai, listModels } from "./models.ts";
import { getRunStep, listRunSteps } from "./run_steps.ts";
import {
  cancelRun,
  createRun,
  createThreadAndRun,
  getRun,
  listRuns,
  modifyRun,
  submitToolOutputs,
  waitForRun,
} from "./runs.ts";
import { createThread, deleteThread, getThread, listThreads, modifyThread } from "./threads.ts";
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
