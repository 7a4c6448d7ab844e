import assert from "node:assert/strict";
import fc from "fast-check";
import { send, setUp } from "../kit/engine.ts";

Deno.test("lists are paged without a gap or a repetition, whatever the limit, order and cursors", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const thread = await client.beta.threads.create();
  // Several share a second, so only the order of their coming tells them apart.
  const ids: string[] = [];
  for (let i = 0; i < 23; i++) {
    const { id } = await client.beta.assistants.create({ model: `m${i}` });
    await client.beta.threads.messages.create(thread.id, { role: "user", content: `${i}` });
    ids.push(id);
  }
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom("asc" as const, "desc" as const, undefined),
      async (limit, order) => {
        const expected = order === "asc" ? ids : ids.toReversed();
        const seen = await Array.fromAsync(client.beta.assistants.list({ limit, order }));
        assert.deepEqual(seen.map(({ id }) => id), expected);

        const messages = client.beta.threads.messages.list(thread.id, { limit, order });
        const texts = (await Array.fromAsync(messages)).map(({ content: [part] }) =>
          part?.type === "text" ? Number(part.text.value) : -1
        );
        const numbers = ids.map((_, index) => index);
        assert.deepEqual(texts, order === "asc" ? numbers : numbers.toReversed());
      },
    ),
    { numRuns: 40 },
  );

  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 30 }),
      fc.constantFrom("asc", "desc"),
      fc.option(fc.nat({ max: 22 }), { nil: undefined }),
      fc.option(fc.nat({ max: 22 }), { nil: undefined }),
      async (limit, order, after, before) => {
        const all = order === "asc" ? ids : ids.toReversed();
        const query = new URLSearchParams({ limit: String(limit), order });
        if (after !== undefined) query.set("after", all[after] ?? "");
        if (before !== undefined) query.set("before", all[before] ?? "");
        const { body } = await send(setup, "GET", `/assistants?${query}`);

        const between = all.slice(after === undefined ? 0 : after + 1, before);
        // With `before` alone, the page is the one that ends there.
        const page = after === undefined && before !== undefined
          ? between.slice(-limit)
          : between.slice(0, limit);
        assert.deepEqual((body.data as { id: string }[]).map(({ id }) => id), page);
        assert.deepEqual(
          [body.object, body.first_id, body.last_id, body.has_more],
          ["list", page[0] ?? null, page.at(-1) ?? null, between.length > limit],
        );
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("a list has twenty objects unless told, newest first", async () => {
  await using setup = await setUp();
  const { client } = setup;
  const thread = await client.beta.threads.create({
    messages: Array.from({ length: 25 }, (_, i) => ({ role: "user", content: `${i}` })),
  });
  const page = await client.beta.threads.messages.list(thread.id);
  assert.equal(page.data.length, 20);
  assert.ok(page.has_more);
  const [first] = page.data;
  assert.equal(first?.content[0]?.type === "text" && first.content[0].text.value, "24");
});
