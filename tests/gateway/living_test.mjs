// What lasts: streams and who leaves them, slow readers, queues, engines, a cut network.
// living_test.mjs ZHIDIAN [NAME]. ZD_LONG=1 takes the long forms.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Gateway, events, runner, until } from "../support/gateway.mjs";
import { startStub } from "../support/stub_model.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const program = process.argv[2];
const { test, run } = runner();
const messages = [{ role: "user", content: "你好" }];
const long = Boolean(process.env.ZD_LONG);

async function office(set, limits = "") {
  const stub = await startStub();
  const gateway = new Gateway(program);
  gateway.backend("stub", `http://127.0.0.1:${stub.port}/v1`, "--parallel", "2000");
  set(gateway, stub);
  const key = gateway.key();
  await gateway.serve(`max_per_address=4000${limits}`);
  return { gateway, stub, key, end: async () => { await gateway.end(); stub.stop(); } };
}

// A stream in the raw: the request is sent, what comes is the caller's.
function raw(gateway, key, body) {
  const text = JSON.stringify(body);
  const socket = connect(gateway.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${key}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  return socket;
}

test("streams at once lose, double and swap no token", async () => {
  const n = long ? 1000 : 200, tokens = long ? 600 : 60;
  const { gateway, key, end } = await office((g) => g.model("slow", "stub", "slow:50"));
  const all = await Promise.all(Array.from({ length: n }, async () => {
    const response = await gateway.post("/v1/chat/completions",
      { model: "slow", messages, stream: true, max_tokens: tokens }, key);
    return events(response);
  }));
  const expected = Array.from({ length: tokens }, (_, i) => `${i} `).join("");
  for (const one of all) {
    assert.equal(one.map((e) => e.choices?.[0]?.delta?.content ?? "").join(""), expected);
    assert.equal(one.at(-1), "[DONE]");
  }
  console.log(`        ${n} streams of ${tokens} tokens, ${(gateway.rss() / 1024).toFixed(1)} MiB`);
  assert.ok(gateway.sanitized || gateway.rss() < 150 * 1024);
  const { all: turns, slow } = await gateway.turns();
  assert.ok(gateway.sanitized || slow * 1000 <= turns); // a hypervisor's theft counts as work
  await end();
});

test("idle connections cost little, keep nobody from being served, and stay", async () => {
  const n = long ? 3000 : 500;
  const { gateway, key, end } = await office((g) => g.model("ok", "stub"));
  const ask = () => gateway.post("/v1/chat/completions", { model: "ok", messages }, key);
  for (let i = 0; i < 50; i++) assert.equal((await ask()).status, 200); // what a server at work holds anyway
  const before = gateway.rss();
  const health = (socket) => new Promise((done, fail) => {
    socket.once("data", (data) => done(data.toString()));
    socket.once("close", () => fail(new Error("closed")));
    socket.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
  });
  const idle = Array.from({ length: n }, () => connect(gateway.port, "127.0.0.1"));
  for (const socket of idle) assert.match(await health(socket), /^HTTP\/1.1 200/);
  const each = (gateway.rss() - before) / n;
  console.log(`        ${n} idle connections, ${each.toFixed(1)} KiB each`);
  assert.ok(gateway.sanitized || each <= 24, `${each} KiB`);
  for (let i = 0; i < 4; i++)
    for (const reply of await Promise.all(Array.from({ length: 50 }, ask))) assert.equal(reply.status, 200);
  for (const socket of idle) assert.match(await health(socket), /^HTTP\/1.1 200/); // each is still there
  for (const socket of idle) socket.destroy();
  await end();
});

test("when clients leave, their backends' connections close within a second, and it is counted", async () => {
  const n = long ? 1000 : 100;
  const { gateway, stub, key, end } = await office((g) => {
    g.model("slow", "stub", "slow:20");
    g.model("fast", "stub", "slow:2");
    g.model("silent", "stub", "silent");
  });
  const rounds = {};
  for (const [model, many] of [["slow", n], ["fast", 30], ["silent", 20]]) {
    let took = Infinity;
    for (let round = 0; round < 3 && took > 1000; round++) {
      const before = stub.seen.length;
      const clients = Array.from({ length: many }, () => raw(gateway, key,
        { model, messages, stream: true, max_tokens: 100000 }));
      await until(() => stub.seen.length >= before + many, `${model}: all are asked`);
      await until(() => model === "silent" || clients.every((c) => c.bytesRead > 500), `${model}: tokens come`);
      const begun = Date.now();
      for (const client of clients) client.destroy();
      await until(() => stub.open === 0, `${model}: all are closed`);
      took = Math.min(took, Date.now() - begun);
      rounds[model] = round + 1;
    }
    assert.ok(took <= 1000, `${model}: ${took} ms`); // the best of three: others use this machine too
    assert.equal((await fetch(`${gateway.base}/readyz`)).status, 200);
  }
  let records;
  await until(() => (records = gateway.lines("usage", "--records")).every((r) => r.outcome !== "running"), "all are written");
  assert.equal(records.filter((r) => r.outcome === "left").length,
    n * rounds.slow + 30 * rounds.fast + 20 * rounds.silent);
  assert.ok(records.filter((r) => r.model === "slow").every((r) => r.charged_out > 0));
  await end();
});

test("a client that does not read holds 256 KiB, and the backend is no longer read", async () => {
  const { gateway, stub, key, end } = await office((g) => g.model("big", "stub", "big:1900000"),
    ",body_grace_ms=1500");
  const before = gateway.rss();
  const clients = Array.from({ length: 40 }, () => {
    const socket = raw(gateway, key, { model: "big", messages, stream: true });
    socket.pause();
    return socket;
  });
  await until(() => stub.seen.length === 40, "all are asked");
  const flowed = () => [...stub.sockets].reduce((sum, s) => sum + s.bytesWritten, 0);
  let seen = -1;
  await until(async () => { // the flood has come to rest: twice the same while the server had turns between
    const now = flowed(), before = seen;
    await fetch(`${gateway.base}/healthz`);
    seen = now;
    return now > 0 && now === before;
  }, "the backend is no longer read");
  const grown = gateway.rss() - before;
  console.log(`        40 clients that do not read: +${grown} KiB`);
  assert.ok(gateway.sanitized || grown < 40 * 600, `${grown} KiB`);
  const response = await gateway.post("/v1/chat/completions", { model: "big", messages, stream: true }, key);
  const all = await events(response);
  assert.equal(all.at(-1), "[DONE]");
  await until(() => stub.open <= 1, "those who do not read are cut");
  for (const client of clients) client.destroy();
  await end();
});

test("a waiting client hears something, and the stream still comes", async () => {
  const { gateway, key, end } = await office((g) => g.model("wait", "stub", "wait:1500"), ",quiet_ms=300");
  const response = await gateway.post("/v1/chat/completions", { model: "wait", messages, stream: true }, key);
  const text = await response.text();
  assert.ok(text.startsWith(": \n\n"), text.slice(0, 20));
  assert.ok(text.endsWith("data: [DONE]\n\n"));
  await end();
});

test("a full backend serves departments in turn", async () => {
  const { gateway, stub, end } = await office((g, s) => {
    g.backend("narrow", `http://127.0.0.1:${s.port}/v1`, "--parallel", "1");
    g.model("narrow", "narrow", "wait:60");
  });
  const [many, few] = [gateway.key("多"), gateway.key("少")];
  await until(async () => (await fetch(`${gateway.base}/v1/models`, { headers: { Authorization: `Bearer ${few}` } })).status === 200, "keys");
  const order = [];
  const ask = async (key, who) => {
    const response = await gateway.post("/v1/chat/completions", { model: "narrow", messages }, key);
    assert.equal(response.status, 200);
    order.push(who);
  };
  const crowd = Array.from({ length: 12 }, () => ask(many, "m"));
  await until(() => stub.seen.length >= 1, "the first is asked");
  const two = [ask(few, "f"), ask(few, "f")];
  await Promise.all([...crowd, ...two]);
  assert.ok(order.lastIndexOf("f") <= 6, order.join(""));
  await end();
});

test("a quota stops before the call, and a reservation is given back", async () => {
  const { gateway, stub, key, end } = await office((g, s) => {
    g.model("ok", "stub", "ok", "--price-in", "1000", "--price-out", "1000");
    g.backend("failing", `http://127.0.0.1:${s.port}/v1`);
    g.model("500", "failing", "500");
    g.run("quota", "set", "department", "热线办", "tokens", "day", "1000");
    g.run("quota", "set", "department", "热线办", "money", "month", "0.5");
  }, ",open_ms=100");
  const ask = (model, more = {}) => gateway.post("/v1/chat/completions", { model, messages, max_tokens: 100, ...more }, key);
  for (let i = 0; i < 8; i++) assert.notEqual((await ask("500")).status, 429, "failures cost nothing");
  assert.equal((await ask("ok", { max_tokens: 5000 })).status, 429);
  assert.equal((await ask("ok")).status, 200);
  let served = 1;
  while ((await ask("ok")).status === 200) served++;
  let sum;
  await until(() => (sum = gateway.lines("usage", "--json").find((s) => s.kind === "department"))?.requests >= served,
    "all is written");
  assert.ok(sum.tokens_in + sum.tokens_out <= 1000 && sum.money <= 0.5, JSON.stringify(sum));
  assert.equal(sum.requests, served);
  assert.ok(served > 3, `served ${served}`);
  const asked = () => stub.seen.filter((r) => r.method === "POST").length; // the failed one is probed
  const seen = asked();
  assert.equal((await ask("ok")).status, 429);
  assert.equal(asked(), seen, "nothing was sent");
  // and it is remembered over a restart, also what was running at a kill
  await gateway.stop("SIGKILL");
  await gateway.serve();
  assert.equal((await ask("ok")).status, 429);
  await end();
});

async function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}
const alive = (pid) => existsSync(`/proc/${pid}/cmdline`);

test("an engine is started, watched, started again and stopped", async () => {
  const port = await freePort();
  const gateway = new Gateway(program);
  const command = `${process.execPath} ${join(here, "../support/engine.mjs")} ${port}`;
  gateway.run("backend", "add", "engine", "--url", `http://127.0.0.1:${port}/v1`, "--profile", "llama-server",
    "--command", command);
  gateway.model("m", "engine");
  gateway.run("backend", "add", "broken", "--url", "http://127.0.0.1:9/v1", "--command", "sh -c 'exit 7'");
  gateway.model("broken", "broken");
  const key = gateway.key();
  await gateway.serve("queue_ms=20000,first_byte_ms=3000,open_ms=200,rest_ms=50");
  const ask = (content, model = "m") => gateway.post("/v1/chat/completions",
    { model, messages: [{ role: "user", content }] }, key);
  const pid = async () => Number((await (await ask("who")).json()).choices[0].message.content);
  const first = await pid(); // waits until it is ready
  assert.ok(alive(first));
  assert.equal((await ask("die")).status >= 400 || true, true);
  const second = await pid();
  assert.notEqual(second, first);
  process.kill(second, "SIGKILL");
  await until(async () => (await ask("who")).status === 200, "it is there again");
  const third = await pid();
  assert.notEqual(third, second);
  assert.match(gateway.log, /engine=broken pid=\d+ ended status=7/);
  gateway.run("backend", "remove", "engine");
  await until(() => !alive(third), "a removed engine ends");
  gateway.run("backend", "add", "engine", "--url", `http://127.0.0.1:${port}/v1`, "--command", command);
  gateway.model("m", "engine");
  await until(async () => (await ask("who")).status === 200, "it is started without a restart of ours");
  const fourth = await pid();
  assert.equal(await gateway.stop(), 0);
  await until(() => !alive(fourth), "it ends with us");
  await gateway.serve("queue_ms=20000,open_ms=200,rest_ms=50");
  const fifth = await pid();
  await gateway.stop("SIGKILL");
  await until(() => !alive(fifth), "it ends when we are killed");
  await gateway.end();
});

test("a backend that was away is used again when a probe reaches it, and not tried before", async () => {
  const port = await freePort();
  const gateway = new Gateway(program);
  gateway.backend("away", `http://127.0.0.1:${port}/v1`);
  gateway.model("ok", "away");
  const key = gateway.key();
  await gateway.serve("open_ms=200,probe_ms=100");
  const ask = () => gateway.post("/v1/chat/completions", { model: "ok", messages }, key);
  await until(async () => (await (await ask()).json()).error.code === "upstream_unavailable", "the breaker opens");
  const failures = async () => Number(/failures_total\{backend="away"\} (\d+)/.exec(
    await (await fetch(`${gateway.base}/metrics`)).text())[1]);
  const before = await failures();
  const end = Date.now() + 1000; // five times open_ms: without a probe each would let one request fail
  while (Date.now() < end) assert.equal((await ask()).status, 503);
  assert.equal(await failures(), before);
  const stub = await startStub(port);
  await until(async () => (await ask()).status === 200, "it is used again");
  assert.ok(stub.seen.some((r) => r.method === "GET" && r.path === "/v1/models"));
  await gateway.end();
  stub.stop();
});

test("with the network cut, everything but remote models works, and nothing tries to leave", async () => {
  if (spawnSync("unshare", ["-rn", "true"]).status !== 0 || spawnSync("strace", ["-V"]).error) {
    console.log("        skipped: no network namespaces or no strace here");
    return;
  }
  const gateway = new Gateway(program);
  gateway.run("add", gateway.write("a.md", "# 云岫市龙舟下水备案办法\n\n第一条 龙舟下水应当备案。\n\n第二条 龙舟队应当在下水前十五日内到市体育局备案。\n"));
  gateway.run("backend", "add", "far", "--profile", "deepseek");
  gateway.model("far", "far");
  const key = gateway.key();
  const script = `ip link set lo up 2>/dev/null
    strace -f -qq -e trace=connect,sendto -o "$T" "$Z" --data "$D" serve --quiet --listen 127.0.0.1:7999 --limits drain_ms=500 >/dev/null & S=$!
    for i in $(seq 100); do curl -s -o /dev/null http://127.0.0.1:7999/healthz && break; sleep 0.1; done
    c() { curl -s -m 20 -H "Authorization: Bearer $K" -H "Content-Type: application/json" -d "{\\"model\\":\\"$1\\",\\"messages\\":[{\\"role\\":\\"user\\",\\"content\\":\\"龙舟下水前多少日内备案\\"}]}" http://127.0.0.1:7999/v1/chat/completions; echo; }
    curl -s "http://127.0.0.1:7999/api/v1/search?q=a" -o /dev/null; c desk:public; [ -n "$FAR" ] && c far; kill $(pgrep -P $S) $S; wait`;
  const trace = join(gateway.folder, "trace");
  const go = (far) => execFileSync("unshare", ["-rn", "sh", "-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, T: trace, Z: program, D: gateway.data, K: key, FAR: far } }).trim().split("\n").map((l) => JSON.parse(l));
  const [desk] = go("");
  assert.match(desk.choices[0].message.content, /十五日内/);
  const tried = execFileSync("sh", ["-c", `grep -E 'AF_INET' "${trace}" | grep -v '127.0.0.1' || true`], { encoding: "utf8" });
  assert.equal(tried, "", "an attempt to leave");
  const [, far] = go("1");
  assert.equal(far.error.code, "upstream_unreachable");
  await gateway.end();
});

await run();
