/** Every tool, in the order in which clients see them. */

import {
  createAssistant,
  deleteAssistant,
  getAssistant,
  listAssistants,
  modifyAssistant,
} from "./assistants.ts";
import { createMessages, exportThread, searchMessages } from "./bulk.ts";
import { askAssistant } from "./chat.ts";
import type { Tool } from "./define_tool.ts";
import { deleteFile, getFile, getFileContent, listFiles, uploadFile } from "./files.ts";
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
import { calculate, echo } from "./utility.ts";
import {
  addVectorStoreFiles,
  createVectorStore,
  deleteVectorStore,
  getVectorStore,
  listVectorStoreFiles,
  listVectorStores,
  modifyVectorStore,
  removeVectorStoreFile,
  searchVectorStore,
} from "./vector_stores.ts";

export const tools: readonly Tool[] = [
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
  uploadFile,
  listFiles,
  getFile,
  getFileContent,
  deleteFile,
  createVectorStore,
  listVectorStores,
  getVectorStore,
  modifyVectorStore,
  deleteVectorStore,
  addVectorStoreFiles,
  listVectorStoreFiles,
  removeVectorStoreFile,
  searchVectorStore,
  createMessages,
  searchMessages,
  exportThread,
  echo,
  calculate,
];
