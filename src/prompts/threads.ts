/** Prompts about threads and runs. */

import { definePrompt, joinLines } from "./define_prompt.ts";

export const createConversationThread = definePrompt({
  name: "create-conversation-thread",
  title: "Begin a conversation",
  description: "Make a thread with its purpose, its background and its metadata.",
  arguments: {
    purpose: {
      description: "What the conversation is for",
      required: true,
      suggest: ["code review", "data analysis", "writing help"],
    },
    context: { description: "What the assistant should know from the start" },
    user_id: { description: "Your own id of the user, kept as metadata" },
  },
  text: ({ purpose, context, user_id }) =>
    joinLines(
      `Make a thread for this purpose: ${purpose}. Use create_thread.`,
      "- metadata: purpose, in at most 512 characters" +
        (user_id ? `, and user_id "${user_id}"` : ""),
      context && `- a first message of the user that gives this background: ${context}`,
      "Then look with list_assistants whether there is an assistant that suits the purpose, and propose one. Tell me the thread's id.",
    ),
});

export const organizeThreadMessages = definePrompt({
  name: "organize-thread-messages",
  title: "Organize a thread",
  description: "Read a thread and put its content in order.",
  arguments: {
    thread_id: { description: "The thread", required: true },
    organization_type: {
      description: "In which order",
      suggest: ["chronological", "by_topic", "by_importance"],
    },
  },
  text: ({ thread_id, organization_type = "by_topic" }) =>
    joinLines(
      `Read the thread ${thread_id} with list_messages, oldest first, to its end.`,
      `Then give an overview of it, ordered ${
        organization_type.replaceAll("_", " ")
      }: what was asked, what was answered, what was decided, what is still open. Name the message ids that each point rests on.`,
      "Change nothing in the thread. If an overview like this would help later runs, offer to keep its title in the thread's metadata with modify_thread.",
    ),
});

export const configureAssistantRun = definePrompt({
  name: "configure-assistant-run",
  title: "Configure a run",
  description: "Choose the settings of a run for a task, and start it.",
  arguments: {
    task_type: {
      description: "What the run does",
      required: true,
      suggest: ["code_review", "data_analysis", "writing", "general_qa"],
    },
    complexity: { description: "How hard it is", suggest: ["simple", "moderate", "complex"] },
    time_sensitivity: {
      description: "How soon it is needed",
      suggest: ["low", "medium", "high"],
    },
    assistant_id: { description: "Who does it" },
    thread_id: { description: "In which conversation" },
  },
  text: ({ task_type, complexity, time_sensitivity, assistant_id, thread_id }) =>
    joinLines(
      `Choose the settings of a run for this task: ${task_type.replaceAll("_", " ")}.`,
      complexity && `It is ${complexity}.`,
      time_sensitivity && `Its time sensitivity is ${time_sensitivity}.`,
      "Decide, each with one sentence why, and leave alone what the default does well:",
      "- model (list_models shows which exist) and reasoning_effort",
      "- temperature, where the model takes one",
      "- max_completion_tokens and truncation_strategy, so that it cannot become expensive",
      "- tool_choice and additional_instructions",
      assistant_id
        ? `Use the assistant ${assistant_id}; read it with get_assistant first.`
        : "Propose an assistant from list_assistants.",
      thread_id
        ? `Show me the arguments, then start it on the thread ${thread_id} with create_run and follow it with wait_for_run.`
        : "Show me the arguments of create_run.",
    ),
});

export const debugRunIssues = definePrompt({
  name: "debug-run-issues",
  title: "Find out what went wrong in a run",
  description: "Look into a run that failed, hangs or answered badly.",
  arguments: {
    run_id: { description: "The run", required: true },
    issue_description: { description: "What you see", required: true },
    run_status: {
      description: "Its status, if you know it",
      suggest: ["failed", "incomplete", "expired", "cancelled", "requires_action"],
    },
    thread_id: { description: "Its thread" },
  },
  text: ({ run_id, issue_description, run_status, thread_id }) =>
    joinLines(
      `Find out what is wrong with the run ${run_id}${
        thread_id ? ` of the thread ${thread_id}` : ""
      }.`,
      run_status && `Its status is said to be ${run_status}.`,
      `What was observed: ${issue_description}`,
      thread_id
        ? "Read it with get_run, then its steps with list_run_steps, oldest first, and the messages around it with list_messages."
        : "Ask me for its thread if you do not know it; get_run and list_run_steps need the thread's id.",
      "Look at last_error, incomplete_details, required_action, usage, and at the arguments and outputs of each call. The resource docs://troubleshooting/common-issues explains the usual errors.",
      "Say what happened, why, and the smallest change that mends it. Start no new run without asking me.",
    ),
});
