/** What a prompt is: named arguments in, the words of a user out. */

export interface Argument {
  description: string;
  required?: boolean;
  /** Values to choose from, or to leave for another. */
  suggest?: readonly string[];
}

type Values<A extends Record<string, Argument>> = {
  [K in keyof A]: A[K] extends { required: true } ? string : string | undefined;
};

export interface PromptDefinition<A extends Record<string, Argument>> {
  name: string;
  title: string;
  description: string;
  arguments: A;
  /** The message that the user sends; what is not given is left out of it. */
  text(values: Values<A>): string;
}

/** A prompt as the server holds it, whatever its arguments. */
export type Prompt = PromptDefinition<Record<string, Argument>>;

/** Checks a definition; its `text` is called with every required value, and only so. */
export function definePrompt<const A extends Record<string, Argument>>(
  definition: PromptDefinition<A>,
): Prompt {
  return definition;
}

/** Sentences one to a line; those that are undefined or empty are left out. */
export function sentences(...parts: (string | undefined)[]): string {
  return parts.filter((part) => part).join("\n");
}

/** A text that somebody gave, fenced so that it cannot end its fence. */
export function fenced(text: string, language = ""): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${/^[\w+#.-]*$/.test(language) ? language : ""}\n${text}\n${fence}`;
}
