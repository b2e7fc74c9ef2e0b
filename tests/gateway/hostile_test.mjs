// What a model service may do wrong, and what becomes of it: hostile_test.mjs ZHIDIAN [NAME]
//
// Every case ends within its time with one well-formed event or error; a second backend is asked
// only before the first token; a breaker opens; memory stays. ZD_LONG=1 cuts a stream at every byte.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { createServer } from "node:tls";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Gateway, events, runner, sleep, until } from "../support/gateway.mjs";
import { startStub } from "../support/stub_model.mjs";

const { test, run } = runner();
const messages = [{ role: "user", content: "你好" }];
const stub = await startStub();
const spare = await startStub();
const office = new Gateway(process.argv[2]);
const url = `http://127.0.0.1:${stub.port}/v1`;

// Services with certificates, in front of the stub: one that nobody vouches for, and two that the office
// trusts, of which one has expired.
const openssl = (...args) => execFileSync("openssl", args, { stdio: "ignore", cwd: office.folder });
office.write("ca.cnf", `[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\nprivate_key=expired.key
default_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=DNS:localhost\nbasicConstraints=CA:TRUE\n`);
office.write("index.txt", "");
office.write("serial", "01\n");
for (const name of ["untrusted", "good"])
  openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", `${name}.key`, "-out", `${name}.pem`, "-days", "10",
    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost");
openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "expired.key", "-out", "expired.csr", "-subj", "/CN=localhost");
openssl("ca", "-batch", "-config", "ca.cnf", "-selfsign", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z",
  "-in", "expired.csr", "-out", "expired.pem", "-notext");
const read = (name) => readFileSync(join(office.folder, name));
function tlsStub(name) {
  const server = createServer({ cert: read(`${name}.pem`), key: read(`${name}.key`) }, (outer) => {
    const inner = connect(stub.port, "127.0.0.1");
    for (const s of [outer, inner]) s.on("error", () => {});
    outer.pipe(inner).pipe(outer);
  });
  server.on("tlsClientError", () => {});
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
}
const untrusted = await tlsStub("untrusted"), good = await tlsStub("good"), expired = await tlsStub("expired");

// [name, backend, what the request ends with: status and code, or "ok", or the code of the last event]
const rows = [
  ["refused", "http://127.0.0.1:1/v1", 502, "upstream_unreachable"],
  ["no-name", "http://no-such-host.internal/v1", 502, "upstream_unreachable"],
  ["tls-plain", `https://127.0.0.1:${stub.port}/v1`, 504, "upstream_timeout"],
  ["tls-untrusted", `https://localhost:${untrusted}/v1`, 502, "upstream_unreachable"],
  ["tls-expired", `https://localhost:${expired}/v1`, 502, "upstream_unreachable"],
  ["tls-other-name", `https://127.0.0.1:${good}/v1`, 502, "upstream_unreachable"],
  ["tls-good", `https://localhost:${good}/v1`, "ok"],
  ["silent", url, 504, "upstream_timeout"],
  ["head-silent", url, 504, "upstream_timeout"],
  ["drip", url, 504, "upstream_timeout"],
  ["no-done", url, "ok"],
  ["double-done", url, "ok"],
  ["wrong-type", url, "ok"],
  ["html", url, 502, "upstream_broken"],
  ["gzip", url, 502, "upstream_broken"],
  ["long-line", url, 502, "upstream_malformed"],
  ["tiny-events", url, 502, "upstream_malformed"],
  ["empty-events", url, 502, "upstream_too_large"],
  ["bad-utf8", url, 502, "upstream_malformed"],
  ["split-utf8", url, "ok"],
  ["nul", url, 502, "upstream_malformed"],
  ["bad-json", url, 502, "upstream_malformed"],
  ["deep", url, 502, "upstream_malformed"],
  ["negative-usage", url, "ok"],
  ["huge-usage", url, "ok"],
  ["huge-number", url, 502, "upstream_malformed"],
  ["wrong-index", url, 502, "upstream_malformed"],
  ["negative-index", url, 502, "upstream_malformed"],
  ["empty-choices", url, 502, "upstream_empty"],
  ["error-event", url, "event", "upstream_error"],
  ["400", url, 400, "upstream_refused"],
  ["401", url, 502, "upstream_refused"],
  ["403", url, 502, "upstream_refused"],
  ["404", url, 502, "upstream_refused"],
  ["408", url, 504, "upstream_timeout"],
  ["413", url, 413, "upstream_refused"],
  ["429", url, 429, "upstream_busy"],
  ["429-after", url, 429, "upstream_busy"],
  ["500", url, 502, "upstream_error"],
  ["502", url, 502, "upstream_error"],
  ["503", url, 503, "upstream_busy"],
  ["503-after", url, 503, "upstream_busy"],
  ["529", url, 503, "upstream_busy"],
  ["redirect-local", url, 502, "upstream_error"],
  ["redirect-metadata", url, 502, "upstream_error"],
  ["slow-then-fast", url, "ok"],
  ["reset", url, "event", "upstream_broken"],
  ["not-http", url, 502, "upstream_broken"],
  ["long-head", url, 502, "upstream_broken"],
  ["two-lengths", url, 502, "upstream_broken"],
  ["length-and-coding", url, 502, "upstream_broken"],
  ["other-coding", url, 502, "upstream_broken"],
  ["bad-chunk", url, "event", "upstream_broken"],
  ["interim", url, "ok"],
  ["interim-flood", url, 502, "upstream_broken"],
  ["until-close", url, "ok"],
];
// An address goes over connections of our own, a name over libcurl: both must hold.
const named = ["silent", "head-silent", "drip", "gzip", "long-line", "tiny-events", "reset", "redirect-local", "not-http", "until-close"];
for (const row of rows.filter(([name]) => named.includes(name)))
  rows.push([`${row[0]}-named`, `http://localhost:${stub.port}/v1`, ...row.slice(2)]);
office.backend("main", url);
for (const [name, at, status] of rows) { // one that does well may share
  const backend = status === "ok" && at === url ? "main" : `b-${name}`;
  if (backend !== "main") office.backend(backend, at);
  office.model(name, backend, name.startsWith("tls-") ? "ok" : name.replace("-named", ""));
}
writeFileSync(join(office.data, "ca.pem"), Buffer.concat([read("good.pem"), read("expired.pem")]));
office.model("hangs-up", "main");
office.backend("spare", `http://127.0.0.1:${spare.port}/v1`);
office.model("ok", "main");
office.model("cut", "main", "cut:1");
office.backend("failing", url);
for (const [name, behaviour] of [["falls-back", "500"], ["falls-back-late", "reset"], ["falls-back-silent", "silent"]]) {
  office.model(name, "failing", behaviour);
  office.model(name, "spare", "ok", "--rank", "2");
}
office.backend("breaks", url);
office.model("breaks", "breaks", "500");
const key = office.key();
// a sanitizer is slow: the same cases with more time
const slow = office.sanitized ? 4 : 1;
await office.serve(`connect_ms=${1000 * slow},first_byte_ms=${700 * slow},gap_ms=${700 * slow},` +
  `total_ms=${4000 * slow},open_ms=600,queue_ms=${2500 * slow}`);

const ask = (model, stream = true) => office.post("/v1/chat/completions", { model, messages, stream }, key);
const text = (all) => all.map((e) => e.choices?.[0]?.delta?.content ?? "").join("");

// Each has a backend of its own, so that eight are asked at a time.
async function streamOf([name, , status, code]) {
  const begun = Date.now();
  const response = await ask(name);
  if (status === "ok" || status === "event") {
    assert.equal(response.status, 200);
    const all = await events(response);
    if (status === "ok") {
      assert.equal(all.at(-1), "[DONE]");
      assert.equal(all.filter((e) => e === "[DONE]").length, 1);
      assert.ok(all.length >= 2);
    } else {
      assert.equal(all.at(-1).error.code, code);
      assert.equal(all.filter((e) => e.error).length, 1);
    }
  } else {
    const body = await response.json();
    assert.deepEqual([response.status, body.error.code], [status, code], body.error.message);
    assert.match(body.error.request_id, /^[0-9a-f]{32}$/);
    if (name.endsWith("-after")) assert.ok(Number(response.headers.get("retry-after")) >= 1);
  }
  assert.ok(Date.now() - begun < 9000 * slow, `took ${Date.now() - begun} ms`);
}
const floods = ["long-line", "tiny-events", "empty-events", "gzip", "deep", "long-head", "interim-flood"];
const floodOf = (row) => floods.find((name) => row[0].startsWith(name));
const calm = rows.filter((row) => !floodOf(row));
const groups = floods.map((name) => rows.filter((row) => floodOf(row) === name));
while (calm.length) groups.unshift(calm.splice(0, 8));
for (const group of groups)
  test(`stream: ${group.map(([name]) => name).join(", ")}`, async () => {
    const ended = await Promise.allSettled(group.map(streamOf));
    ended.forEach((one, i) => assert.equal(one.reason, undefined, `${group[i][0]}: ${one.reason?.stack}`));
  });

test("the same without a stream", async () => {
  const all = await Promise.all(rows.filter(([, , status]) => typeof status === "number").map(async ([name]) => {
    const response = await ask(name, false);
    const body = await response.json();
    return [name, response.status >= 400 && typeof body.error.code === "string"];
  }));
  assert.deepEqual(all.filter(([, fine]) => !fine), []);
});

test("a kept connection that has gone is followed by a fresh one", async () => {
  const before = stub.seen.length;
  for (let i = 0; i < 4; i++) assert.equal((await ask("hangs-up", false)).status, 200);
  const asked = stub.seen.slice(before).filter((r) => r.body.model === "hangs-up").map((r) => r.place); // which request of its connection each was
  assert.ok(asked.length >= 4 && asked.length <= 8, `${asked}`);
  assert.ok(asked.includes(2), "no connection was kept");
});

test("a stream that is cut at any byte ends with one event or error", async () => {
  const size = 1900;
  const step = process.env.ZD_LONG ? 1 : 61;
  const places = Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step);
  const status = async (name) =>
    (await fetch(`${office.base}/v1/models/${name}`, { headers: { Authorization: `Bearer ${key}` } })).status;
  for (let at = 0; at < places.length; at += 64) { // an office has a bounded number of models
    const some = places.slice(at, at + 64);
    for (const n of some) office.model(`cut-${n}`, "main", `cut:${n}`);
    await until(async () => (await status(`cut-${some.at(-1)}`)) === 200, "the models are there");
    for (const n of some) {
      const response = await ask(`cut-${n}`);
      if (response.status === 200) {
        const all = await events(response);
        assert.ok(all.at(-1) === "[DONE]" || all.at(-1).error, JSON.stringify(all.at(-1)));
      } else {
        assert.ok([502, 503].includes(response.status), `${n}: ${response.status}`);
        await response.json();
      }
    }
    for (const n of some) office.run("model", "remove", `cut-${n}`);
  }
  console.log(`        cut at ${places.length} places`);
});

test("another backend is asked before the first token, never after it", async () => {
  const first = await events(await ask("falls-back"));
  assert.equal(text(first), "云岫市政务服务。");
  assert.equal(first.at(-1), "[DONE]");
  const silent = await events(await ask("falls-back-silent"));
  assert.equal(text(silent), "云岫市政务服务。");
  const before = spare.seen.length;
  const late = await events(await ask("falls-back-late"));
  assert.equal(text(late), "一");
  assert.equal(late.at(-1).error.code, "upstream_broken");
  assert.equal(spare.seen.length, before);
});

test("a breaker opens after five failures and closes after a good one", async () => {
  const before = stub.seen.length;
  for (let i = 0; i < 8; i++) await (await ask("breaks")).json();
  const asked = stub.seen.slice(before).filter((r) => r.body.model === "500").length;
  assert.ok(asked >= 5 && asked <= 16, `asked ${asked} times, not 24`);
  assert.ok((await office.turns()).all > 100);
});

test("nothing was fetched from where it must not be", () => {
  assert.deepEqual(stub.seen.filter((r) => r.path === "/trap"), []);
  const paths = (method) => [...new Set(stub.seen.filter((r) => r.method === method).map((r) => r.path))];
  assert.deepEqual(paths("POST"), ["/v1/chat/completions"]);
  assert.ok(paths("GET").every((path) => path === "/v1/models"), "probes of those that failed");
});

test("memory stays, and others are served meanwhile", async () => {
  const before = office.rss();
  const bad = ["long-line", "tiny-events", "gzip", "deep", "html", "reset"].flatMap((n) => [n, n, n, n, n]);
  let worst = 0;
  const work = Promise.all(bad.map(async (name) => (await ask(name)).text()));
  for (let i = 0; i < 50; i++) {
    const begun = performance.now();
    assert.equal((await fetch(`${office.base}/healthz`)).status, 200);
    worst = Math.max(worst, performance.now() - begun);
    await sleep(5);
  }
  await work;
  const grown = office.rss() - before;
  console.log(`        ${bad.length} hostile streams: +${grown} KiB, a page waited at most ${worst.toFixed(1)} ms`);
  assert.ok(office.sanitized || grown < bad.length * 8 * 1024, `${grown} KiB`);
});

test("what the turns of the loop have worked is told", async () => {
  const metrics = await (await fetch(`${office.base}/metrics`)).text();
  const figure = (name) => Number(new RegExp(`^zhidian_http_loop_${name} (\\d+)`, "m").exec(metrics)[1]);
  console.log(`        ${figure("turns_total")} turns, ${figure("slow_turns_total")} of them over 5 ms, the longest ${figure("slowest_turn_microseconds")} us of work`);
  assert.ok(figure("turns_total") > 100);
});

test("each ended request is charged once, failed ones nothing", async () => {
  let records;
  await until(() => (records = office.lines("usage", "--records")).every((r) => r.outcome !== "running"), "all are written");
  assert.ok(records.every((r) => r.outcome !== "running"));
  assert.ok(records.filter((r) => r.outcome === "failed").every((r) => r.charged_out === 0 && r.money === 0));
  assert.ok(records.some((r) => r.outcome === "broken" && r.charged_out > 0));
  assert.ok(records.every((r) => r.charged_out >= 0 && r.charged_in >= 0));
});

await run();
