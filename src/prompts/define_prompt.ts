/** What a prompt is: a template that turns named arguments into a message of the user. */

/** An argument of a prompt. */
export interface PromptArgument {
  description: string;
  required?: boolean;
  /** Suggested values; any other value is allowed too. */
  suggest?: readonly string[];
}

type Values<A extends Record<string, PromptArgument>> = {
  [K in keyof A]: A[K] extends { required: true } ? string : string | undefined;
};

/** A prompt whose `text` takes the values of its arguments. */
export interface PromptDefinition<A extends Record<string, PromptArgument>> {
  name: string;
  title: string;
  description: string;
  arguments: A;
  /** Returns the message of the user, without the parts for which there is no value. */
  text(values: Values<A>): string;
}

/** A prompt with any arguments. */
export type Prompt = PromptDefinition<Record<string, PromptArgument>>;

/** Returns a definition as a `Prompt`. Its `text` must be called with all required values. */
export function definePrompt<const A extends Record<string, PromptArgument>>(
  definition: PromptDefinition<A>,
): Prompt {
  return definition;
}

/** Joins lines; leaves out those that are undefined or empty. */
export function joinLines(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part).join("\n");
}

/** Returns a text in a code fence that is longer than any fence in the text. */
export function fenced(text: string, language = ""): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${/^[\w+#.-]*$/.test(language) ? language : ""}\n${text}\n${fence}`;
}
