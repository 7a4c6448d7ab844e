/** When an upstream request is tried again: what the server says, else an exponential back-off. */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 8000;

/** The seconds that a server asks to wait, from `retry-after-ms` or `Retry-After`. */
export function retryAfterS(headers: Headers): number | undefined {
  const ms = number(headers.get("retry-after-ms"));
  if (ms !== undefined) return ms / 1000;
  const after = headers.get("retry-after");
  const seconds = number(after);
  if (seconds !== undefined) return seconds;
  const date = Date.parse(after ?? "");
  return Number.isNaN(date) ? undefined : Math.max(0, (date - Date.now()) / 1000);
}

/** The pause before a retry, counted from 0: doubled each time, and up to a quarter shorter by chance. */
export function backOffMs(retry: number): number {
  const delay = Math.min(FIRST_DELAY_MS * 2 ** retry, LONGEST_DELAY_MS);
  return delay * (1 - Math.random() * 0.25);
}

function number(text: string | null): number | undefined {
  if (text === null || !/^\d+(\.\d+)?$/.test(text.trim())) return undefined;
  return Number(text);
}
