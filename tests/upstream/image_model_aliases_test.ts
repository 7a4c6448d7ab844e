import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";
import { aliasesAt } from "../../src/upstream/policies/model_aliases.ts";
import { withImageAliases } from "../../src/upstream/policies/image_model_aliases.ts";
import { PNG, startResponsesServer } from "../fakes/responses_server.ts";

const aliases = aliasesAt({
  OPENAI_BASE_URL: "https://api.openai.com/v1",
  MODEL_ALIASES: new Map([["dall-e-3", "gpt-image-next"], ["gpt-4", undefined]]),
});

Deno.test("withImageAliases() puts models for their aliases, in both forms of a request", async () => {
  await using fake = startResponsesServer();
  const ask = withImageAliases((url, init) => fetch(url, init), aliases);
  const openai = new OpenAI({
    apiKey: "test",
    baseURL: fake.url,
    fetch: (url, init) => ask(String(url), init),
  });
  const prompt = "A cat";
  for (const model of ["dall-e-3", "gpt-4", "gpt-image-2"]) {
    await openai.images.generate({ model, prompt });
    await openai.images.edit({ model, prompt, image: await toFile(PNG, "a.png") });
  }
  const sent = fake.requests.map(({ body, form }) => body?.model ?? form?.get("model"));
  const models = ["gpt-image-next", "gpt-4", "gpt-image-2"];
  assert.deepEqual(sent, models.flatMap((model) => [model, model]));
  assert.ok(fake.requests[1]?.form?.get("image") instanceof File);

  await openai.responses.create({ model: "dall-e-3", input: "Hi" });
  assert.equal(fake.requests.at(-1)?.body?.model, "dall-e-3");
});
