/** Prompts about threads and runs. */

import { definePrompt, joinLines } from "./define_prompt.ts";

export const createConversationThread = definePrompt({
  name: "create-conversation-thread",
  title: "Start a conversation",
  description: "Create a thread with a purpose, background and metadata.",
  arguments: {
    purpose: {
      description: "Purpose of the conversation",
      required: true,
      suggest: ["code review", "data analysis", "writing help"],
    },
    context: { description: "Background for the assistant" },
    user_id: { description: "Your id of the user, stored as metadata" },
  },
  text: ({ purpose, context, user_id }) =>
    joinLines(
      `Create a thread for this purpose: ${purpose}. Use create_thread.`,
      "- metadata: purpose, in at most 512 characters" +
        (user_id ? `, and user_id "${user_id}"` : ""),
      context && `- first message, as the user, with this background: ${context}`,
      "Then use list_assistants to find an assistant that suits the purpose, and propose one. Tell me the thread's id.",
    ),
});

export const organizeThreadMessages = definePrompt({
  name: "organize-thread-messages",
  title: "Organize a thread",
  description: "Read a thread and give an organized overview of it.",
  arguments: {
    thread_id: { description: "The thread", required: true },
    organization_type: {
      description: "Order of the overview",
      suggest: ["chronological", "by_topic", "by_importance"],
    },
  },
  text: ({ thread_id, organization_type = "by_topic" }) =>
    joinLines(
      `Read the thread ${thread_id} with list_messages, oldest first, to its end.`,
      `Then give an overview of it, ordered ${
        organization_type.replaceAll("_", " ")
      }: the questions, the answers, the decisions, and what is still open. Cite the message ids for each point.`,
      "Do not change the thread. If such an overview would help later runs, offer to store its title in the thread's metadata with modify_thread.",
    ),
});

export const configureAssistantRun = definePrompt({
  name: "configure-assistant-run",
  title: "Configure a run",
  description: "Choose the settings of a run for a task, and start the run.",
  arguments: {
    task_type: {
      description: "Task of the run",
      required: true,
      suggest: ["code_review", "data_analysis", "writing", "general_qa"],
    },
    complexity: {
      description: "Complexity of the task",
      suggest: ["simple", "moderate", "complex"],
    },
    time_sensitivity: {
      description: "Urgency of the task",
      suggest: ["low", "medium", "high"],
    },
    assistant_id: { description: "Assistant for the run" },
    thread_id: { description: "Thread for the run" },
  },
  text: ({ task_type, complexity, time_sensitivity, assistant_id, thread_id }) =>
    joinLines(
      `Choose the settings of a run for this task: ${task_type.replaceAll("_", " ")}.`,
      complexity && `It is ${complexity}.`,
      time_sensitivity && `Its time sensitivity is ${time_sensitivity}.`,
      "Decide on these settings, each with a reason of one sentence; keep defaults that are good enough:",
      "- model (list_models shows the available models) and reasoning_effort",
      "- temperature, if the model supports it",
      "- max_completion_tokens and truncation_strategy, to limit the cost",
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
  title: "Debug a run",
  description: "Investigate a run that failed, hangs or gave a bad answer.",
  arguments: {
    run_id: { description: "The run", required: true },
    issue_description: { description: "Observed problem", required: true },
    run_status: {
      description: "Status of the run, if known",
      suggest: ["failed", "incomplete", "expired", "cancelled", "requires_action"],
    },
    thread_id: { description: "Thread of the run" },
  },
  text: ({ run_id, issue_description, run_status, thread_id }) =>
    joinLines(
      `Find out what is wrong with run ${run_id}${thread_id ? ` on thread ${thread_id}` : ""}.`,
      run_status && `Reported status: ${run_status}.`,
      `Observed problem: ${issue_description}`,
      thread_id
        ? "Read it with get_run, then its steps with list_run_steps, oldest first, and the messages around it with list_messages."
        : "If you do not know its thread, ask me; get_run and list_run_steps need the thread's id.",
      "Check last_error, incomplete_details, required_action, usage, and the arguments and outputs of each call. The resource docs://troubleshooting/common-issues explains common errors.",
      "Explain what happened and why, and propose the smallest change that fixes it. Ask me before you start a new run.",
    ),
});
