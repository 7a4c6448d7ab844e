/** Guides for models and people: the API, good practice, and troubleshooting. */

import type { Resource } from "./define_resource.ts";

export const apiGuide = guide(
  "docs://openai-assistants-api",
  "api-reference",
  "The Assistants API",
  "How assistants, threads, messages, runs and run steps belong together.",
  `# The Assistants API

OpenAI switched its Assistants API off on 2026-08-26. This server carries the API itself: the same objects, kept in its own database, on models that are asked through the Responses API.

| Object | What it is | Tools |
| --- | --- | --- |
| Assistant \`asst_\` | a model with instructions and tools | create_assistant, list_assistants, get_assistant, modify_assistant, delete_assistant |
| Thread \`thread_\` | a conversation, which belongs to no assistant | create_thread, list_threads, get_thread, modify_thread, delete_thread |
| Message \`msg_\` | what a user or an assistant said in a thread | create_message, list_messages, get_message, modify_message, delete_message |
| Run \`run_\` | an assistant at work on a thread | create_run, create_thread_and_run, get_run, list_runs, modify_run, wait_for_run, submit_tool_outputs, cancel_run |
| Run step \`step_\` | one message or one round of tool calls of a run | list_run_steps, get_run_step |
| File \`file-\` | what assistants read, and what their code produces | upload_file, list_files, get_file, get_file_content, delete_file |
| Vector store \`vs_\` | files that are indexed, for file_search | create_vector_store, add_vector_store_files, get_vector_store, list_vector_store_files, search_vector_store and more |

The tools for files and vector stores are served where \`TOOLSETS\` names \`files\` and \`vector_stores\`.

## The states of a run

\`queued\`, \`in_progress\`, then one of these:

- \`completed\`: the answer is in the thread.
- \`requires_action\`: the model called functions. Answer all of them in one submit_tool_outputs.
- \`failed\`: \`last_error\` says why.
- \`incomplete\`: a token limit or a filter ended it early; \`incomplete_details\` says which.
- \`cancelled\` (by way of \`cancelling\`) and \`expired\` (ten minutes after it was created).

While a run is under way its thread takes no other message and no other run.

## Tools of an assistant

- \`function\`: yours to execute. The run stops in \`requires_action\` until it has the outputs.
- \`file_search\`: searches the vector stores of the assistant and of the thread. A message brings files of its own as \`attachments\`.
- \`code_interpreter\`: runs Python beside the files that it is given.

The last two run at the model server, where that has them.
`,
);

export const practices = guide(
  "docs://best-practices",
  "best-practices",
  "Good practice",
  "How to use assistants, threads and runs well.",
  `# Good practice

- One turn of a conversation is one call: ask_assistant. Keep the \`thread_id\` of its result and pass it with the next message.
- Make an assistant once and use it for many threads. list_assistants finds the one you made last week.
- Put what always holds into \`instructions\` of the assistant, and what holds for one run into \`additional_instructions\` of create_run.
- One thread per conversation. Replaying a long thread costs tokens with each run: \`truncation_strategy: {"type": "last_messages", "last_messages": 20}\` keeps that bounded.
- Do not poll with get_run. wait_for_run follows a run, shows its text as it comes, and answers within its \`wait_s\` with what to do next.
- Give functions names that say what they do, describe each parameter, and set \`strict: true\` with \`additionalProperties: false\` where arguments have to be exact.
- Answer every call of a \`requires_action\` in one submit_tool_outputs; an error is an output too, in words that the model can act on.
- Use \`metadata\` for your own keys, such as a user or a ticket. It is not sent to the model.
- Set \`max_completion_tokens\` where an answer must not become expensive.
- Delete threads that nobody needs any more. What is deleted is gone.
`,
);

export const troubleshooting = guide(
  "docs://troubleshooting/common-issues",
  "troubleshooting-guide",
  "When something goes wrong",
  "What the usual errors mean, and what to do.",
  `# When something goes wrong

| What you see | Why | What to do |
| --- | --- | --- |
| 401, \`missing_api_key\` or \`invalid_api_key\` | the server has no key for the model server, or it is refused | the person who runs the server sets OPENAI_API_KEY |
| 404, \`No thread found with id …\` | the id is wrong, or belongs to another key | list_threads and list_assistants show what there is |
| 400, \`already has an active run\` | the thread is held by a run | wait_for_run, or cancel_run |
| 400, \`Expected tool outputs for call_ids …\` | not all calls were answered | one submit_tool_outputs with one output for each call |
| 400, \`Unknown parameter\` | the argument does not exist | the message names it; the tool's schema has the right one |
| 404 or 400, a model that does not exist | it was retired, or the name is misspelt | list_models shows those that exist |
| 429 | the model server's rate limit, or no credit left | the error says when to try again; with no credit, nobody can |
| run \`failed\`, \`server_error\` | the model server did not answer, or broke off | start the run again |
| run \`incomplete\`, \`max_completion_tokens\` | the answer hit the limit | raise it, or ask for a shorter answer |
| run \`expired\` | ten minutes went by, often while a function call waited | start the run again, and answer calls sooner |
| a result with \`job_id\` | the call took longer than it may wait | get_job fetches the result; it is kept for an hour |

list_run_steps shows what a run did, call by call. Each error has a request id, which the server's log knows too.
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
