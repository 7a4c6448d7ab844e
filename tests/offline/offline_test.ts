import assert from "node:assert/strict";
import Ajv from "ajv/2020";
import { crc32 } from "node:zlib";
import OpenAI, { APIError, toFile } from "openai";
import { offlineFetch } from "../../src/offline/mod.ts";

const openai = new OpenAI({
  apiKey: "none",
  baseURL: "http://offline.invalid/v1",
  fetch: (input, init) => offlineFetch(String(input), init),
  maxRetries: 0,
  logLevel: "off",
});

const weather = {
  type: "function",
  name: "get_weather",
  description: "The weather of a city.",
  strict: false,
  parameters: {
    type: "object",
    properties: {
      city: { type: "string" },
      unit: { enum: ["celsius", "fahrenheit"] },
      days: { type: "integer", minimum: 3 },
      note: { type: "string" },
    },
    required: ["city", "unit", "days"],
  },
} as const;

Deno.test("the offline model says what it is and what it was told", async () => {
  const response = await openai.responses.create({
    model: "gpt-6.1-terra",
    instructions: "You are a guide.",
    input: [
      { role: "user", content: "What is in Oslo?" },
      { role: "assistant", content: "Museums." },
      {
        role: "user",
        content: [
          { type: "input_text", text: "And in\nBergen?" },
          { type: "input_image", image_url: "https://example.com/a.png", detail: "auto" },
        ],
      },
    ],
  });
  assert.equal(
    response.output_text,
    "This is the built-in offline model: it needs no key and no network, and understands nothing. " +
      'You wrote "And in Bergen?". 1 image came with it. Before that you wrote "What is in Oslo?". ' +
      'The conversation so far has 3 messages. My instructions are "You are a guide.".',
  );
  assert.equal(response.status, "completed");
  assert.equal(response.model, "gpt-6.1-terra");
  assert.ok(response._request_id?.startsWith("req_"));
  const { usage } = response;
  assert.ok(usage && usage.input_tokens > 20 && usage.output_tokens > 20);
  assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens);
});

Deno.test("the offline model streams the same words one by one", async () => {
  const params = { model: "m", input: "Good morning" };
  const whole = await openai.responses.create(params);
  const types: string[] = [];
  const deltas: string[] = [];
  const numbers: number[] = [];
  for await (const event of await openai.responses.create({ ...params, stream: true })) {
    if (event.type !== types.at(-1)) types.push(event.type);
    if (event.type === "response.output_text.delta") deltas.push(event.delta);
    numbers.push(event.sequence_number);
  }
  assert.deepEqual(types, [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  assert.deepEqual(numbers, numbers.map((_, index) => index));
  assert.equal(deltas.join(""), whole.output_text);
  assert.ok(deltas.length > 15);
  const final = await openai.responses.stream(params).finalResponse();
  assert.equal(final.output_text, whole.output_text);
  assert.deepEqual(final.usage, whole.usage);
});

Deno.test("the offline model calls a function that is named, and uses what it answers", async () => {
  const input: OpenAI.Responses.ResponseInput = [
    { role: "user", content: "Please call get_weather for Oslo." },
  ];
  const params = { model: "m", input, tools: [weather] };
  const first = await openai.responses.stream(params).finalResponse();
  const [call] = first.output;
  assert.ok(call?.type === "function_call");
  assert.equal(call.name, "get_weather");
  assert.deepEqual(JSON.parse(call.arguments), { city: "example", unit: "celsius", days: 3 });
  const { name, arguments: args, call_id } = call;
  input.push({ type: "function_call", name, arguments: args, call_id });
  input.push({ type: "function_call_output", call_id, output: "12 degrees" });
  const second = await openai.responses.create(params);
  assert.match(second.output_text, /get_weather answered "12 degrees"\./);

  input.push({ role: "assistant", content: second.output_text });
  input.push({ role: "user", content: "Thank you." });
  assert.equal((await openai.responses.create(params)).output[0]?.type, "message");
});

Deno.test("the offline model obeys tool_choice and parallel_tool_calls", async () => {
  const time = { ...weather, name: "get_time" };
  const called = async (params: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>) => {
    const input = "get_time and get_weather";
    const all = { model: "m", input, tools: [weather, time], ...params };
    const { output } = await openai.responses.create(all);
    return output.map((item) => item.type === "function_call" ? item.name : item.type);
  };
  assert.deepEqual(await called({}), ["get_weather", "get_time"]);
  assert.deepEqual(await called({ parallel_tool_calls: false }), ["get_weather"]);
  assert.deepEqual(await called({ tool_choice: "none" }), ["message"]);
  assert.deepEqual(await called({ input: "hello" }), ["message"]);
  assert.deepEqual(await called({ input: "hello", tool_choice: "required" }), ["get_weather"]);
  const forced = { type: "function", name: "get_time" } as const;
  assert.deepEqual(await called({ input: "hello", tool_choice: forced }), ["get_time"]);
});

Deno.test("the offline model answers in the format that is asked for", async () => {
  const schema = {
    type: "object",
    additionalProperties: false,
    required: ["answer", "steps", "rating", "sure", "when", "who", "nothing", "either", "short"],
    properties: {
      answer: { type: "string" },
      steps: { type: "array", minItems: 2, items: { $ref: "#/$defs/step" } },
      rating: { type: "number", minimum: 2.5, maximum: 5 },
      sure: { type: "boolean" },
      when: { type: "string", format: "date" },
      who: { type: ["null", "object"], required: ["name"], properties: { name: { const: "me" } } },
      nothing: { type: "null" },
      either: {
        anyOf: [{ type: "integer", exclusiveMinimum: 7, multipleOf: 5 }, { type: "null" }],
      },
      short: { type: "string", minLength: 3, maxLength: 5 },
      left_out: { type: "string" },
    },
    $defs: {
      step: {
        allOf: [{ type: "object", required: ["n"], properties: { n: { type: "integer" } } }],
      },
    },
  };
  const params = { model: "m", input: "Fill it in." };
  const format = { type: "json_schema", name: "reply", schema } as const;
  const { output_text } = await openai.responses.create({ ...params, text: { format } });
  const value: { answer: string } = JSON.parse(output_text);
  const validate = new Ajv.default({ strict: false, validateFormats: false }).compile(schema);
  assert.ok(validate(value), JSON.stringify(validate.errors));
  assert.match(value.answer, /offline model/);
  assert.ok(!("left_out" in value));

  const plain = await openai.responses.create({
    ...params,
    text: { format: { type: "json_object" } },
  });
  assert.match(JSON.parse(plain.output_text).answer, /offline model/);
});

Deno.test("the offline model stops at max_output_tokens", async () => {
  const params = { model: "m", input: "Say a lot.", max_output_tokens: 16 };
  for (
    const response of [
      await openai.responses.create(params),
      await openai.responses.stream(params).finalResponse(),
    ]
  ) {
    assert.equal(response.status, "incomplete");
    assert.deepEqual(response.incomplete_details, { reason: "max_output_tokens" });
    assert.ok(response.usage && response.usage.output_tokens <= 16);
    assert.match(response.output_text, /^This is the built-in offline model/);
    const [message] = response.output;
    assert.ok(message?.type === "message" && message.status === "incomplete");
  }
});

Deno.test("the offline model lists itself as the only model", async () => {
  const { data } = await openai.models.list();
  assert.deepEqual(data.map((model) => model.id), ["offline-model"]);
  assert.equal((await openai.models.retrieve("offline-model")).owned_by, "assistants-mcp");
  await rejects(openai.models.retrieve("gpt-4"), 404, "model_not_found", null);
});

Deno.test("the offline model refuses what it cannot answer, as OpenAI does", async () => {
  const post = (body: object) => openai.post("/responses", { body });
  await rejects(post({ input: "hi" }), 400, "missing_required_parameter", "model");
  await rejects(post({ model: "m" }), 400, "missing_required_parameter", "input");
  await rejects(openai.get("/vector_stores"), 404, "unknown_url", null);
  const broken = await offlineFetch("http://offline.invalid/v1/responses", {
    method: "POST",
    body: "{",
  });
  assert.equal(broken.status, 400);
  assert.match((await broken.json()).error.message, /parse the JSON body/);
});

Deno.test("the offline model does not answer an aborted call", async () => {
  const signal = AbortSignal.abort(new Error("Enough."));
  await assert.rejects(offlineFetch("http://offline.invalid/v1/models", { signal }), /Enough/);
});

async function rejects(
  promise: PromiseLike<unknown>,
  status: number,
  code: string,
  param: string | null,
): Promise<void> {
  await assert.rejects(async () => await promise, (error) => {
    assert.ok(error instanceof APIError);
    assert.deepEqual([error.status, error.code, error.param], [status, code, param]);
    return true;
  });
}

Deno.test("the offline model draws images that are real, its own and another for each prompt", async () => {
  const made = await openai.images.generate({ model: "any", prompt: "A cat", n: 2 });
  const image = await toFile(Uint8Array.fromBase64(made.data?.[0]?.b64_json ?? ""), "a.png");
  const edited = await openai.images.edit({ model: "any", prompt: "A dog", image });
  const images = [...made.data ?? [], ...edited.data ?? []];
  assert.equal(new Set(images.map(({ b64_json }) => b64_json)).size, 3);
  for (const { b64_json = "", revised_prompt } of images) {
    assert.match(revised_prompt ?? "", /^The built-in offline model draws nothing but its name/);
    assert.deepEqual(await pixelsOf(Uint8Array.fromBase64(b64_json)), {
      width: 256,
      height: 88,
      bytes: 257 * 88,
    });
  }
  assert.equal(made.usage?.total_tokens, 4);
  const asJson = await openai.post<OpenAI.ImagesResponse>("/images/edits", {
    body: { prompt: "A dog", images: [{ file_id: "file-1" }] },
  });
  assert.equal(asJson.data?.length, 1);
});

Deno.test("the offline model refuses an image of nothing", async () => {
  const refusals = [
    openai.images.generate({ model: "any", prompt: "" }),
    openai.post("/images/edits", { body: { prompt: "A dog", images: [] } }),
    openai.post("/images/edits", { body: { prompt: "A dog" } }),
  ];
  for (const refusal of refusals) {
    await assert.rejects(refusal, { status: 400, code: "missing_required_parameter" });
  }
});

/** Reads a PNG whose chunks are in their order, checking that nothing is damaged. */
async function pixelsOf(png: Uint8Array<ArrayBuffer>) {
  const view = new DataView(png.buffer);
  const data: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const body = png.slice(at + 4, at + 8 + length);
    assert.equal(view.getUint32(at + 8 + length), crc32(body));
    if (new TextDecoder().decode(body.slice(0, 4)) === "IDAT") data.push(body.slice(4));
    at += 12 + length;
  }
  const pixels = new Blob(data).stream().pipeThrough(new DecompressionStream("deflate"));
  const { length: bytes } = await new Response(pixels).bytes();
  return { width: view.getUint32(16), height: view.getUint32(20), bytes };
}
