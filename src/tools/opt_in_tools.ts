/** The tools of the other toolsets, in the order in which clients list them after the default tools. */

import { createMessages, exportThread, searchMessages } from "./catalog/bulk.ts";
import { deleteFile, getFile, getFileContent, listFiles, uploadFile } from "./catalog/files.ts";
import { calculate, echo } from "./catalog/utility.ts";
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
} from "./catalog/vector_stores.ts";
import type { Tool } from "./define_tool.ts";

export const optInTools: readonly Tool[] = [
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
