// What the gateway's tests share: an office with backends at a stub, served by the program.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Gateway {
  constructor(program) {
    this.program = program;
    this.folder = mkdtempSync(join(tmpdir(), "zhidian-gateway-"));
    this.data = join(this.folder, "office");
    process.on("exit", () => { // however the test ends, nothing of it stays
      this.server?.kill("SIGKILL");
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  run(...args) {
    return execFileSync(this.program, ["--data", this.data, ...args.map(String)], {
      encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  }

  lines(...args) {
    return this.run(...args).trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  write(name, text) {
    writeFileSync(join(this.folder, name), text);
    return join(this.folder, name);
  }

  backend(name, url, ...more) {
    this.run("backend", "add", name, "--url", url, ...more);
  }

  // A model by the name of a behaviour of the stub.
  model(name, backend, upstream = name, ...more) {
    this.run("model", "add", name, "--backend", backend, "--as", upstream, "--filing", "试-001", ...more);
  }

  key(department = "热线办", ...more) {
    return this.run("key", "new", "测试", "--department", department, ...more).trim();
  }

  serve(limits = "", wrapper = []) {
    const command = [...wrapper, this.program, "--data", this.data, "serve", "--listen", "127.0.0.1:0"];
    if (limits) command.push("--limits", limits);
    this.log = "";
    this.server = spawn(command[0], command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
    this.server.stderr.on("data", (data) => (this.log += data));
    return new Promise((done, fail) => {
      let said = "";
      this.server.stdout.on("data", (data) => {
        said += data;
        const address = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
        if (address) {
          this.port = Number(address[1]);
          this.base = address[0];
          done(this);
        }
      });
      this.server.on("exit", () => fail(new Error(`the server ended: ${said} ${this.log}`)));
    });
  }

  // A sanitizer keeps memory of its own, so that figures of memory mean nothing.
  get sanitized() {
    return readFileSync(this.program).includes("__asan_init");
  }

  get pid() {
    return this.server.pid;
  }

  // What the turns of the loop have worked, as /metrics tells.
  async turns() {
    const metrics = await (await fetch(`${this.base}/metrics`)).text();
    const figure = (name) => Number(new RegExp(`^zhidian_http_loop_${name} (\\d+)`, "m").exec(metrics)[1]);
    const told = { all: figure("turns_total"), slow: figure("slow_turns_total"), longest: figure("slowest_turn_microseconds") };
    console.log(`        ${told.all} turns of the loop, ${told.slow} of them over 5 ms, the longest ${told.longest} us of work`);
    return told;
  }

  rss() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.server.pid}/status`, "latin1"))[1]);
  }

  post(path, body, key, more = {}) {
    return fetch(this.base + path, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}), ...more },
    });
  }

  async stop(signal = "SIGTERM") {
    if (!this.server || this.server.exitCode !== null || this.server.signalCode) return 0;
    const ended = new Promise((done) => this.server.once("exit", (code, by) => done(by ?? code)));
    this.server.kill(signal);
    return ended;
  }

  async end() {
    await this.stop("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// The events of a stream in the raw: [{data} …], each "[DONE]" or JSON, which must be well formed.
export async function events(response) {
  assert.match(response.headers.get("content-type"), /^text\/event-stream/);
  const text = await response.text();
  const found = [];
  for (const block of text.split("\n\n")) {
    if (!block || block.startsWith(":")) continue;
    assert.match(block, /^data: /);
    const data = block.slice(6);
    found.push(data === "[DONE]" ? data : JSON.parse(data));
  }
  return found;
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Until it holds, or a minute is over.
export async function until(holds, what) {
  const end = Date.now() + 60000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, `never: ${what}`);
    await sleep(20);
  }
}

export function runner() {
  const tests = [];
  return {
    test: (name, body) => tests.push({ name, body }),
    async run() {
      const only = process.argv[3];
      let failed = 0;
      for (const { name, body } of tests) {
        if (only && !name.includes(only)) continue;
        const begun = Date.now();
        try {
          await body();
          console.log(`ok      ${name} (${Date.now() - begun} ms)`);
        } catch (error) {
          failed++;
          console.log(`FAILED  ${name}\n${error.stack}`);
        }
      }
      process.exit(failed ? 1 : 0);
    },
  };
}
