/** Where plans come from, and how often each of them does. */

import fc from "fast-check";
import type { Ending } from "../fakes/responses_script.ts";
import type { Plan } from "./_plans.ts";
import type { ReplyPlan } from "./_replies.ts";

const pick = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(4));
const seldom = fc.integer({ min: 0, max: 9 }).map((number) => number === 9);
const word = fc.constantFrom("One", "two ", " three", "é…");
const message = fc.record({ role: fc.constantFrom("user", "user", "assistant"), text: word });
const messages = fc.array(message, { maxLength: 2 });
const stream = fc.boolean();

const item = fc.record({
  item: fc.constantFrom(
    "message",
    "message",
    "refusal",
    "reasoning",
    "function_call",
    "function_call",
    "file_search_call",
    "code_interpreter_call",
  ),
  chunks: fc.array(word, { maxLength: 3 }),
});
const call = fc.record({
  item: fc.constant("function_call"),
  chunks: fc.array(word, { maxLength: 3 }),
});
const codes = fc.constantFrom(
  "server_error",
  "rate_limit_exceeded",
  "invalid_prompt",
  "vector_store_timeout",
  "image_parse_error",
  "bio_policy",
);
const failure = fc.record({ code: codes, message: fc.constant("The upstream is not well.") });
const ending: fc.Arbitrary<Ending> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ status: "completed" }) },
  {
    weight: 2,
    arbitrary: fc.record({
      status: fc.constant("incomplete"),
      reason: fc.constantFrom("max_output_tokens", "content_filter"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ status: fc.constant("failed"), error: failure }) },
  { weight: 1, arbitrary: fc.record({ status: fc.constant("error"), error: failure }) },
);
const replyPlan: fc.Arbitrary<ReplyPlan> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      reply: fc.constant("items"),
      items: fc.oneof(
        fc.array(item, { maxLength: 3 }),
        fc.array(call, { minLength: 1, maxLength: 3 }),
      ),
      ending,
      tokens: fc.integer({ min: 1, max: 50 }),
      stop: orNull(fc.record({ after: fc.nat(12), then: fc.constantFrom("close", "cut") })),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      reply: fc.constant("status"),
      status: fc.constantFrom(400, 401, 403, 404, 422, 429, 500, 503),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ reply: "nothing" }) },
);

const started = { assistant: pick, messages, tools: orNull(fc.boolean()), stream };

const createMessage = fc.record({ plan: fc.constant("create message"), thread: pick, message });
const createRun = fc.record({
  plan: fc.constant("create run"),
  thread: pick,
  ...started,
});
const ofRun = fc.record({
  plan: fc.constant("of run"),
  run: pick,
  what: fc.constantFrom("get run", "modify run", "cancel run", "cancel run"),
  stray: seldom,
});
const submit = fc.record({
  plan: fc.constant("submit"),
  run: pick,
  how: fc.constantFrom(
    "right",
    "right",
    "turned round",
    "one missing",
    "one wrong",
    "one twice",
    "none",
  ),
  stream,
});
const upstream = fc.record({
  plan: fc.constant("upstream"),
  run: pick,
  reply: replyPlan,
  events: fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 8 })),
});
const deleteAssistant = fc.record({
  plan: fc.constant("of assistant"),
  assistant: fc.nat(9),
  what: fc.constant("delete assistant"),
});
const createThreadAndRun = fc.record({
  plan: fc.constant("create thread and run"),
  ...started,
});
const ofThread = fc.record({
  plan: fc.constant("of thread"),
  thread: pick,
  what: fc.constantFrom("get thread", "modify thread", "modify thread", "delete thread"),
});
const ofMessage = fc.record({
  plan: fc.constant("of message"),
  thread: pick,
  message: pick,
  what: fc.constantFrom("get message", "modify message", "delete message"),
  stray: seldom,
});
const list = fc.record({
  plan: fc.constant("list"),
  what: fc.constantFrom("list messages", "list runs", "list steps"),
  of: pick,
  page: fc.record({
    limit: fc.integer({ min: 1, max: 4 }),
    descending: fc.boolean(),
    after: orNull(fc.nat(5)),
    before: orNull(fc.nat(5)),
    run: orNull(pick),
  }),
});

const advance = fc.record({
  plan: fc.constant("advance"),
  seconds: fc.constantFrom(1, 2, 30, 300, 599, 600),
});

export const singlePlan: fc.Arbitrary<Plan> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ plan: fc.constant("create thread"), messages }) },
  { weight: 1, arbitrary: deleteAssistant },
  { weight: 2, arbitrary: ofThread },
  { weight: 2, arbitrary: createMessage },
  { weight: 3, arbitrary: ofMessage },
  { weight: 8, arbitrary: createRun },
  { weight: 1, arbitrary: createThreadAndRun },
  { weight: 4, arbitrary: ofRun },
  { weight: 10, arbitrary: submit },
  { weight: 3, arbitrary: list },
  { weight: 40, arbitrary: upstream },
  { weight: 2, arbitrary: advance },
);

/** What may happen at the same time as something else. */
export const racingPlan: fc.Arbitrary<Plan> = fc.oneof(
  createMessage,
  createRun,
  ofRun,
  ofThread,
  ofMessage,
  submit,
  upstream,
);

/** What a client does as the first to look after a time. */
export const latePlan: fc.Arbitrary<Plan> = fc.oneof(
  createMessage,
  createRun,
  ofRun,
  ofMessage,
  submit,
  list,
);

/** Seldom anything but null. */
function orNull<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 7, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}
