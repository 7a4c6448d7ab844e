/** Files: uploads at the model server, and files that runs and image tools have produced. */

import * as z from "zod";
import { defineTool } from "../define_tool.ts";
import type { FileContent } from "../files/file_content.ts";
import { deletedSchema, listSchema, nullableText } from "../schemas/results.ts";
import { listBody } from "./_list_body.ts";
import { id, pageFields } from "../schemas/arguments.ts";

const fileSchema = z.looseObject({
  id: z.string(),
  object: z.literal("file"),
  bytes: z.int().optional(),
  created_at: z.int().optional(),
  expires_at: z.int().nullish(),
  filename: z.string().optional(),
  purpose: z.string().optional(),
  status: z.string().optional(),
  status_details: nullableText.optional(),
});

const contentSchema = z.looseObject({
  file_id: z.string(),
  filename: z.string(),
  mime_type: z.string(),
  bytes: z.int(),
  text: nullableText,
  uri: nullableText,
  path: nullableText,
  note: nullableText,
});

export const uploadFile = defineTool({
  name: "upload_file",
  title: "Upload file",
  description: "Upload a file for assistants, from one of text, data and path. " +
    "To make it searchable, continue with add_vector_store_files.",
  toolset: "files",
  hints: { openWorld: true },
  longRunning: true,
  input: z.object({
    text: z.string().optional(),
    data: z.string().optional().describe("Base64"),
    path: z.string().optional().describe("Local file; stdio only"),
    filename: z.string().optional().describe("Required with text and data: name.ext"),
    purpose: z.string().optional().describe("Default: assistants"),
  }),
  output: fileSchema,
  async run(source, context) {
    const { upload } = await import("../files/upload.ts");
    return await upload(source, context);
  },
});

export const listFiles = defineTool({
  name: "list_files",
  title: "List files",
  description: "List uploaded files, newest first. Messages name the files that runs produced.",
  toolset: "files",
  hints: { readOnly: true, idempotent: true, openWorld: true },
  input: z.object({
    purpose: z.string().optional(),
    limit: pageFields.limit,
    order: pageFields.order,
    after: pageFields.after,
  }),
  output: listSchema,
  run: (query, { openai, signal }) => listBody(openai.files.list(query, { signal })),
});

export const getFile = defineTool({
  name: "get_file",
  title: "Get file",
  description: "Retrieve the metadata of a file: name, size, purpose.",
  toolset: "files",
  hints: { readOnly: true, idempotent: true, openWorld: true },
  input: z.object({ file_id: id }),
  output: fileSchema,
  run: ({ file_id }, { openai, signal }) => openai.files.retrieve(file_id, { signal }),
});

export const getFileContent = defineTool({
  name: "get_file_content",
  title: "Get file content",
  description: "Read a file: text in pieces, other content as a whole. " +
    "OpenAI returns files that runs produced, but no uploads for assistants.",
  toolset: "files",
  hints: { readOnly: true, idempotent: true, openWorld: true },
  longRunning: true,
  input: z.object({
    file_id: id,
    offset: z.int().min(0).optional().describe("Byte offset in a text"),
  }),
  output: contentSchema,
  async run(args, context) {
    const { getFileContent } = await import("../files/file_content.ts");
    return await getFileContent(args, context);
  },
  async show(result, context) {
    const { contentBlocks } = await import("../files/file_content.ts");
    return await contentBlocks(result as FileContent, context);
  },
});

export const deleteFile = defineTool({
  name: "delete_file",
  title: "Delete file",
  description: "Delete a file permanently, also from all vector stores.",
  toolset: "files",
  hints: { destructive: true, idempotent: true, openWorld: true },
  input: z.object({ file_id: id }),
  output: deletedSchema,
  run: ({ file_id }, { openai, signal }) => openai.files.delete(file_id, { signal }),
});
