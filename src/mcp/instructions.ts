/** The server's instructions to the model: how to work with the tools that are served. */

/** A sentence is included if every `{tool}` in it is listed. */
const SENTENCES = [
  "OpenAI assistants: models with instructions and tools that answer in persistent threads.",
  "{ask_assistant} does a whole turn in one call; pass the thread_id it returns to continue.",
  "{ask_openai} asks a model without an assistant, and remembers nothing.",
  "{create_run} starts a run and returns at once; {wait_for_run} follows it to its end.",
  "A run that requires action waits for you: make the calls it names, then {submit_tool_outputs}.",
  "Work that outlasts its call continues as a job: {get_job} has its result.",
  "{create_image} shows its images, and {edit_image} accepts their ids.",
  "{list_models} lists the models; omit model to use the default.",
  "To answer from files: {upload_file}, {create_vector_store}, {add_vector_store_files}, and an assistant with file_search.",
  "Lists are paginated: pass the last_id of a page as after to get the next.",
  "Omit arguments that you do not need. Errors say what to do next, and whether to retry.",
];

/**
 * Returns the instructions for the listed tools.
 *
 * @param listedName returns the name by which a tool is listed; undefined if it is not
 */
export function instructionsFor(listedName: (name: string) => string | undefined): string {
  return SENTENCES.flatMap((sentence) => {
    let complete = true;
    const text = sentence.replace(/\{(\w+)\}/g, (_, tool: string) => {
      const name = listedName(tool);
      complete &&= name !== undefined;
      return name ?? tool;
    });
    return complete ? [text] : [];
  }).join(" ");
}
