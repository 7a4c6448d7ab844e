/** Guides for models and people: the API, good practice, and troubleshooting. */

import type { Resource } from "./define_resource.ts";

export const apiGuide = guide(
  "docs://openai-assistants-api",
  "api-reference",
  "The Assistants API",
  "How assistants, threads, messages, runs and run steps work together.",
  `# The Assistants API

OpenAI switched its Assistants API off on 2026-08-26. This server implements the API itself: the same objects, stored in its own database, with models that it calls through the Responses API.

| Object | What it is | Tools |
| --- | --- | --- |
| Assistant \`asst_\` | a model with instructions and tools | create_assistant, list_assistants, get_assistant, modify_assistant, delete_assistant |
| Thread \`thread_\` | a conversation, independent of any assistant | create_thread, list_threads, get_thread, modify_thread, delete_thread |
| Message \`msg_\` | a message of the user or of an assistant in a thread | create_message, list_messages, get_message, modify_message, delete_message |
| Run \`run_\` | the processing of a thread by an assistant | create_run, create_thread_and_run, get_run, list_runs, modify_run, wait_for_run, submit_tool_outputs, cancel_run |
| Run step \`step_\` | one message or one round of tool calls of a run | list_run_steps, get_run_step |
| File \`file-\` | a file that assistants read, or that their code produced | upload_file, list_files, get_file, get_file_content, delete_file |
| Vector store \`vs_\` | files, indexed for file_search | create_vector_store, add_vector_store_files, get_vector_store, list_vector_store_files, search_vector_store and more |

The tools for files and vector stores are served if \`TOOLSETS\` includes \`files\` and \`vector_stores\`.

## Run statuses

\`queued\`, \`in_progress\`, then one of these:

- \`completed\`: the answer is in the thread.
- \`requires_action\`: the model called functions. Send all of their outputs in one submit_tool_outputs.
- \`failed\`: \`last_error\` says why.
- \`incomplete\`: a token limit or a filter ended it early; \`incomplete_details\` says which.
- \`cancelled\` (after \`cancelling\`) or \`expired\` (ten minutes after its creation).

While a run is active, its thread accepts no further message and no other run.

## Tools of an assistant

- \`function\`: a function that you execute. The run stays in \`requires_action\` until you submit the outputs.
- \`file_search\`: searches the vector stores of the assistant and of the thread. A message can add files as \`attachments\`.
- \`code_interpreter\`: runs Python with access to the given files.

The last two run on the model server, if it supports them.
`,
);

export const practices = guide(
  "docs://best-practices",
  "best-practices",
  "Good practice",
  "How to use assistants, threads and runs well.",
  `# Good practice

- Use one call per turn of a conversation: ask_assistant. Pass the \`thread_id\` of its result with the next message.
- Create an assistant once and use it for many threads. list_assistants finds it again later.
- Put general rules into the \`instructions\` of the assistant, and rules for a single run into \`additional_instructions\` of create_run.
- Use one thread per conversation. Each run sends the thread to the model again: \`truncation_strategy: {"type": "last_messages", "last_messages": 20}\` limits the tokens.
- Do not poll with get_run. wait_for_run follows a run, reports its text as progress, and returns within \`wait_s\` seconds with what to do next.
- Give functions descriptive names, describe each parameter, and set \`strict: true\` with \`additionalProperties: false\` if arguments must match the schema exactly.
- Submit the outputs of all calls of a \`requires_action\` in one submit_tool_outputs. If a call fails, submit an error message that the model can act on.
- Use \`metadata\` for your own data, such as the id of a user or a ticket. It is not sent to the model.
- Set \`max_completion_tokens\` to limit the cost of an answer.
- Delete threads that are no longer needed. Deletion is permanent.
`,
);

export const troubleshooting = guide(
  "docs://troubleshooting/common-issues",
  "troubleshooting-guide",
  "Troubleshooting",
  "What common errors mean, and what to do.",
  `# Troubleshooting

| Symptom | Cause | What to do |
| --- | --- | --- |
| 401, \`missing_api_key\` or \`invalid_api_key\` | the key for the model server is missing or was rejected | the person who runs the server has to set OPENAI_API_KEY |
| 404, \`No thread found with id …\` | the id is wrong, or belongs to another key | list_threads and list_assistants show the existing ids |
| 400, \`already has an active run\` | a run is active on the thread | call wait_for_run or cancel_run |
| 400, \`Expected tool outputs for call_ids …\` | not every call has an output | send one output for each call in one submit_tool_outputs |
| 400, \`Unknown parameter\` | the argument does not exist | the error names it; see the tool's schema for the right name |
| 404 or 400, unknown model | the model was retired, or the name is misspelt | list_models shows the available models |
| 429 | the model server's rate limit, or no credit left | retry at the time that the error names; if there is no credit left, the account needs more |
| run \`failed\`, \`server_error\` | the model server did not answer, or its answer was cut off | start a new run |
| run \`incomplete\`, \`max_completion_tokens\` | the answer reached the limit | raise the limit, or ask for a shorter answer |
| run \`expired\` | ten minutes passed, often while a function call was waiting | start a new run, and submit outputs sooner |
| a result with \`job_id\` | the work took longer than the call could wait | get_job returns the result; it is kept for an hour |

list_run_steps shows what a run did, step by step. The request id of an error also appears in the server's log.
`,
);

function guide(
  uri: string,
  name: string,
  title: string,
  description: string,
  text: string,
): Resource {
  return { uri, name, title, description, mimeType: "text/markdown", text };
}
