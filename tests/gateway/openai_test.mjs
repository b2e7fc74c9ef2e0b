// The OpenAI face, driven with the official client: openai_test.mjs ZHIDIAN
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Gateway, events, runner, until } from "../support/gateway.mjs";
import { startStub } from "../support/stub_model.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const OpenAI = createRequire(join(here, "../../web/package.json"))("openai").default;
const { test, run } = runner();
const messages = [{ role: "user", content: "你好" }];
const stub = await startStub();
const office = new Gateway(process.argv[2]);

office.backend("stub", `http://127.0.0.1:${stub.port}/v1`, "--key-file", office.write("secret", "sk-office"));
office.backend("other", `http://127.0.0.1:${stub.port}/v2`, "--profile", "ollama");
for (const name of ["ok", "echo", "reasoning", "tools", "json", "400"]) office.model(name, "stub");
office.model("embed", "stub", "ok", "--task", "embedding");
office.model("thinks", "other", "reasoning");
office.model("unfiled", "stub", "ok", "--filing", "");
office.model("priced", "stub", "ok", "--price-in", "2", "--price-out", "8");
office.model("staff", "stub", "echo", "--classes", "public,internal");
const key = office.key();
const inner = office.key("民政科", "--class", "internal");
const narrow = office.key("民政科", "--scope", "embedding");
await office.serve("drain_ms=2000");
const client = new OpenAI({ apiKey: key, baseURL: `${office.base}/v1`, maxRetries: 0 });

const code = async (promise) => {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof OpenAI.APIError, String(error));
    return [error.status, error.code];
  }
  return [200, null];
};

test("a completion comes back whole, with the usage of the provider", async () => {
  const reply = await client.chat.completions.create({ model: "ok", messages });
  assert.equal(reply.choices[0].message.content, "云岫市政务服务。");
  assert.equal(reply.choices[0].finish_reason, "stop");
  assert.equal(reply.model, "ok");
  assert.match(reply.id, /^chatcmpl-[0-9a-f]{32}$/);
  assert.deepEqual(reply.usage, { prompt_tokens: 11, completion_tokens: 8, total_tokens: 19 });
  assert.deepEqual([reply.AIGC.Label, reply.AIGC.ContentProducer, `chatcmpl-${reply.AIGC.ProduceID}`],
    ["1", "ok", reply.id]);
  const sent = stub.seen.at(-1);
  assert.equal(sent.path, "/v1/chat/completions");
  assert.match(sent.head, /^authorization: Bearer sk-office$/im);
  assert.ok(!sent.head.includes(key));
  assert.equal(sent.body.model, "ok");
});

test("a stream comes piece by piece, and ends as the client expects", async () => {
  const stream = await client.chat.completions.create({ model: "ok", messages, stream: true });
  let text = "", reason = null, n = 0;
  for await (const chunk of stream) {
    assert.equal(chunk.object, "chat.completion.chunk");
    assert.equal(chunk.usage, undefined);
    text += chunk.choices[0].delta.content ?? "";
    reason = chunk.choices[0].finish_reason ?? reason;
    assert.equal(chunk.AIGC?.Label, chunk.choices[0].finish_reason ? "1" : undefined);
    n++;
  }
  assert.equal(text, "云岫市政务服务。");
  assert.equal(reason, "stop");
  assert.ok(n >= 9);
  assert.deepEqual(stub.seen.at(-1).body.stream_options, { include_usage: true });
});

test("usage rides in the last chunk where it is asked for", async () => {
  const stream = await client.chat.completions.create({ model: "ok", messages, stream: true,
    stream_options: { include_usage: true } });
  const all = [];
  for await (const chunk of stream) all.push(chunk);
  assert.deepEqual(all.at(-1).usage, { prompt_tokens: 11, completion_tokens: 8, total_tokens: 19 });
  assert.deepEqual(all.at(-1).choices, []);
});

test("reasoning comes under one name, whatever the service calls it", async () => {
  for (const [model, expected] of [["reasoning", "想一想"], ["thinks", "又想"]]) {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0].delta.reasoning_content ?? "";
    assert.ok(text.includes(expected), text);
  }
});

test("tool calls go through, whole and in pieces", async () => {
  const tools = [{ type: "function", function: { name: "look", parameters: { type: "object" } } }];
  const reply = await client.chat.completions.create({ model: "tools", messages, tools });
  assert.equal(reply.choices[0].message.tool_calls[0].function.arguments, '{"q":1}');
  assert.equal(reply.choices[0].finish_reason, "tool_calls");
  assert.deepEqual(stub.seen.at(-1).body.tools, tools);
  const runner = client.chat.completions.stream({ model: "tools", messages, tools });
  const final = await runner.finalChatCompletion();
  assert.equal(final.choices[0].message.tool_calls[0].function.arguments, '{"q":1}');
});

test("the JSON mode and other options reach the model as they are", async () => {
  const format = { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } };
  const reply = await client.chat.completions.create({ model: "json", messages,
    response_format: format, temperature: 0.25, seed: 7, stop: ["。"] });
  assert.deepEqual(JSON.parse(reply.choices[0].message.content), format);
  const { temperature, seed, stop } = stub.seen.at(-1).body;
  assert.deepEqual({ temperature, seed, stop }, { temperature: 0.25, seed: 7, stop: ["。"] });
});

test("embeddings", async () => {
  const reply = await client.embeddings.create({ model: "embed", input: ["一", "二"],
    encoding_format: "float" });
  assert.deepEqual(reply.data.map((d) => d.embedding), [[0.5, -0.25, 1], [0.5, -0.25, 1]]);
  assert.equal(reply.model, "embed");
});

test("the list shows what this key may use, each name once", async () => {
  const names = (await client.models.list()).data.map((m) => m.id);
  assert.ok(names.includes("desk:public") && names.includes("ok") && names.includes("embed"));
  assert.ok(!names.includes("unfiled"), "not filed, so not for a public desk");
  assert.equal(new Set(names).size, names.length);
  const staff = new OpenAI({ apiKey: inner, baseURL: `${office.base}/v1` });
  assert.deepEqual((await staff.models.list()).data.map((m) => m.id), ["desk:public", "staff"]);
  assert.equal((await client.models.retrieve("ok")).id, "ok");
  assert.equal((await client.models.retrieve("desk:public")).owned_by, "zhidian");
  assert.deepEqual(await code(client.models.retrieve("none")), [404, "model_not_found"]);
});

test("what is refused is refused in the client's own form", async () => {
  const make = (body, secret = key) =>
    code(new OpenAI({ apiKey: secret, baseURL: `${office.base}/v1`, maxRetries: 0 })
      .chat.completions.create({ messages, ...body }));
  assert.deepEqual(await make({ model: "none" }), [404, "model_not_found"]);
  assert.deepEqual(await make({ model: "desk:none" }), [404, "model_not_found"]);
  assert.deepEqual(await make({ model: "embed" }), [400, "task_not_offered"]);
  assert.deepEqual(await make({ model: "unfiled" }), [403, "model_not_filed"]);
  assert.deepEqual(await make({ model: "ok" }, inner), [403, "data_class_not_allowed"]);
  assert.deepEqual(await make({ model: "ok" }, narrow), [403, "scope_not_allowed"]);
  assert.deepEqual(await make({ model: "400" }), [400, "upstream_refused"]);
  assert.deepEqual(await make({ model: "ok", messages: [] }), [400, "invalid_body"]);
  assert.deepEqual(await make({ model: "ok", messages: [{ content: "a" }] }), [400, "invalid_body"]);
  assert.deepEqual(await make({ model: "ok", n: 99 }), [400, "invalid_body"]);
  const picture = [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://10.0.0.1/" } }] }];
  assert.deepEqual(await make({ model: "ok", messages: picture }), [400, "invalid_body"]);
  for (const secret of ["zdkey_" + "0".repeat(64), "", "zdkey_", key.slice(0, -1), key + "0", "x".repeat(5000),
    key.toUpperCase()])
    assert.equal((await office.post("/v1/chat/completions", { model: "ok", messages }, secret)).status, 401);
  assert.equal((await office.post("/v1/chat/completions", { model: "ok", messages })).status, 401);
  const wrong = await office.post("/v1/chat/completions", "{", key);
  assert.equal(wrong.status, 400);
  assert.equal((await wrong.json()).error.type, "invalid_request_error");
  const said = await office.post("/v1/chat/completions", { model: "ok", messages }, key,
    { "X-Zhidian-Data-Class": "internal" });
  assert.deepEqual([said.status, (await said.json()).error.code], [403, "data_class_not_allowed"]);
  assert.equal((await office.post("/v1/chat/completions", { model: "ok", messages }, key,
    { "X-Zhidian-Data-Class": "none" })).status, 400);
});

test("a key that is revoked stops within a second, with what it runs", async () => {
  office.model("slow", "stub", "slow:20");
  const other = office.key("短");
  await until(async () => (await office.post("/v1/chat/completions", { model: "slow", messages, stream: true, max_tokens: 1 }, other)).status === 200,
    "the new key and model are known");
  const response = await office.post("/v1/chat/completions",
    { model: "slow", messages, stream: true, max_tokens: 100000 }, other);
  const reading = events(response);
  const id = office.lines("key", "list").at(-1).id;
  office.run("key", "revoke", id);
  const begun = Date.now();
  const seen = await reading;
  assert.equal(seen.at(-1).error.code, "key_revoked");
  assert.ok(Date.now() - begun < 1500, "late");
  assert.equal((await office.post("/v1/chat/completions", { model: "ok", messages }, other)).status, 401);
});

test("personal data is masked on the way out and put back in the answer", async () => {
  office.run("model", "add", "far", "--backend", "stub", "--as", "echo", "--filing", "试-002");
  await until(async () => (await code(client.models.retrieve("far")))[0] === 200, "the model is known");
  const secret = "我的身份证号是11010519491231002X，手机13800138000。";
  for (const stream of [false, true]) {
    const said = await client.chat.completions.create({ model: "far", stream,
      messages: [{ role: "user", content: secret }] });
    let text = "";
    if (stream) for await (const chunk of said) text += chunk.choices[0].delta.content ?? "";
    else text = said.choices[0].message.content;
    const sent = stub.seen.at(-1).raw;
    assert.equal(text, secret);
    assert.ok(!sent.includes("11010519491231002X") && !sent.includes("13800138000"), sent);
  }
});

test("a body of a megabyte goes through, one over the cap is refused", async () => {
  const text = "字".repeat(350000);
  const reply = await client.chat.completions.create({ model: "ok", messages: [{ role: "user", content: text }] });
  assert.equal(reply.choices[0].message.content, "云岫市政务服务。");
  assert.equal(stub.seen.at(-1).body.messages[0].content, text);
  const large = await office.post("/v1/chat/completions", "a".repeat(4 * 1024 * 1024 + 1), key).catch(() => ({ status: 413 }));
  assert.equal(large.status, 413);
});

test("figures and records tell what went where", async () => {
  await client.chat.completions.create({ model: "priced", messages });
  const metrics = await (await fetch(`${office.base}/metrics`)).text();
  assert.match(metrics, /zhidian_model_requests_total\{backend="stub"\} [1-9]/);
  let record;
  await until(() => (record = office.lines("usage", "--records")[0]).model === "priced" && record.outcome !== "running",
    "it is written");
  assert.equal(record.model, "priced");
  assert.equal(record.backend, "stub");
  assert.equal(record.host, "127.0.0.1");
  assert.equal(record.place, "own room");
  assert.equal(record.class, "public");
  assert.equal(record.outcome, "done");
  assert.deepEqual([record.provider_in, record.provider_out], [11, 8]);
  assert.ok(Math.abs(record.money - (11 * 2 + 8 * 8) / 1e6) < 1e-9, record.money);
  assert.ok(record.estimate_in > 0 && record.estimate_out > 0);
  const sums = office.lines("usage", "--json");
  assert.ok(sums.find((s) => s.kind === "department" && s.name === "热线办").requests > 3);
});

test("SIGTERM lets a stream end with an event", async () => {
  const response = await office.post("/v1/chat/completions",
    { model: "slow", messages, stream: true, max_tokens: 100000 }, key);
  const reading = events(response);
  const ended = office.stop();
  const seen = await reading;
  assert.equal(seen.at(-1).error.code, "stopping");
  assert.equal(await ended, 0);
});

await run();
