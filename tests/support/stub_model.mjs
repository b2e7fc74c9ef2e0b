// A model service that behaves as it is told: the name of the model in a request names one of the
// behaviours below. It speaks raw bytes, since most of what it must show is not HTTP as it should be.
//
//   const stub = await startStub();   stub.port, stub.seen (requests), stub.open (connections), stub.stop()
import { createServer } from "node:net";
import { gzipSync } from "node:zlib";

const WORDS = ["云", "岫", "市", "政", "务", "服", "务", "。"];
const head = (type, more = "") =>
  `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\n${more}Transfer-Encoding: chunked\r\n\r\n`;
const piece = (data) => {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
};
const last = "0\r\n\r\n";
const EVENTS = "text/event-stream";
const whole = (status, type, body, more = "") =>
  `HTTP/1.1 ${status} X\r\nContent-Type: ${type}\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const event = (value) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
const chunk = (delta, more = {}, choice = {}) => ({
  id: "x", object: "chat.completion.chunk", created: 1, model: "m",
  choices: [{ index: 0, delta, finish_reason: null, ...choice }], ...more,
});
const usage = { prompt_tokens: 11, completion_tokens: 8, total_tokens: 19 };
const full = () => {
  let text = event(chunk({ role: "assistant", content: "" }));
  for (const word of WORDS) text += event(chunk({ content: word }));
  text += event(chunk({}, {}, { finish_reason: "stop" }));
  return text + event({ ...chunk({}), choices: [], usage });
};
const stream = (text, type = EVENTS, more = "") => (socket) => {
  socket.write(head(type, more));
  socket.write(piece(text));
  socket.write(last);
};
const completion = (message, more = {}) =>
  JSON.stringify({ id: "y", object: "chat.completion", created: 1, model: "m", usage,
    choices: [{ index: 0, message, finish_reason: "stop", ...more }] });

// Writes data again and again, as fast as it is read, until the other side has enough.
const flood = (socket, data, times, end = "") => {
  const more = () => {
    while (times-- > 0) if (!socket.write(data)) return socket.once("drain", more);
    socket.end(end);
  };
  more();
};
const status = (code, more = "") => (socket) =>
  socket.write(whole(code, "application/json", JSON.stringify({ error: { message: `said ${code}` } }), more));

export const behaviours = {
  ok: (socket, body) => {
    if (body.input !== undefined) {
      const input = [].concat(body.input);
      return socket.write(whole(200, "application/json", JSON.stringify({ object: "list", model: "m",
        data: input.map((_, index) => ({ object: "embedding", index, embedding: [0.5, -0.25, 1] })),
        usage: { prompt_tokens: 3, total_tokens: 3 } })));
    }
    if (!body.stream)
      return socket.write(whole(200, "application/json",
        completion({ role: "assistant", content: WORDS.join("") })));
    stream(full() + event("[DONE]"))(socket);
  },
  echo: (socket, body) => {
    const said = body.messages.at(-1).content;
    if (!body.stream)
      return socket.write(whole(200, "application/json", completion({ role: "assistant", content: said })));
    let text = "";
    for (const c of said) text += event(chunk({ content: c }));
    stream(text + event(chunk({}, {}, { finish_reason: "stop" })) + event("[DONE]"))(socket);
  },
  reasoning: (socket) =>
    stream(event(chunk({ reasoning_content: "想一想" })) + event(chunk({ reasoning: "又想" })) + full() +
      event("[DONE]"))(socket),
  tools: (socket, body) => {
    const call = { id: "call_1", type: "function", function: { name: "look", arguments: '{"q":1}' } };
    if (!body.stream)
      return socket.write(whole(200, "application/json",
        completion({ role: "assistant", content: null, tool_calls: [call] }, { finish_reason: "tool_calls" })));
    stream(event(chunk({ tool_calls: [{ ...call, index: 0, function: { name: "look", arguments: "" } }] })) +
      event(chunk({ tool_calls: [{ index: 0, function: { arguments: '{"q":' } }] })) +
      event(chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] })) +
      event(chunk({}, {}, { finish_reason: "tool_calls" })) + event("[DONE]"))(socket);
  },
  json: (socket, body) =>
    socket.write(whole(200, "application/json", completion({ role: "assistant",
      content: JSON.stringify(body.response_format ?? null) }))),
  silent: () => {},
  "head-silent": (socket) => socket.write(head(EVENTS)),
  drip: (socket) => {
    const bytes = Buffer.from(head(EVENTS) + piece(full()));
    let at = 0;
    const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(bytes.subarray(at, ++at))), 1000);
  },
  "no-done": stream(full()),
  "double-done": stream(full() + event("[DONE]") + event("[DONE]") + full()),
  "wrong-type": stream(full() + event("[DONE]"), "text/plain"),
  html: (socket) => socket.write(whole(200, "text/html", "<html><body><h1>Welcome to nginx!</h1></body></html>")),
  gzip: (socket) => {
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${EVENTS}\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  },
  "long-line": (socket) => {
    socket.write(head(EVENTS) + "5f5e100\r\ndata: ");
    flood(socket, Buffer.alloc(1 << 16, "a"), 1600);
  },
  "tiny-events": (socket) => {
    socket.write(head(EVENTS));
    flood(socket, piece("data: 1\n\n".repeat(1000)), 10000);
  },
  "empty-events": (socket) => {
    socket.write(head(EVENTS));
    flood(socket, piece("data:\n\n".repeat(1000)), 10000);
  },
  "bad-utf8": (socket) => {
    socket.write(head(EVENTS));
    socket.write(piece(Buffer.concat([Buffer.from('data: {"choices":[{"index":0,"delta":{"content":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}}]}\n\n')])));
    socket.write(last);
  },
  "split-utf8": (socket) => {
    socket.write(head(EVENTS));
    const bytes = Buffer.from(full() + event("[DONE]"));
    for (let i = 0; i < bytes.length; i++) socket.write(piece(bytes.subarray(i, i + 1)));
    socket.write(last);
  },
  nul: stream('data: {"choices":[{"index":0,"delta":{"content":"a\0b"}}]}\n\n'),
  "bad-json": stream("data: {\"choices\":[{]\n\n"),
  deep: stream(`data: ${"[".repeat(10000)}${"]".repeat(10000)}\n\n`),
  "negative-usage": stream(event(chunk({ content: "一" })) + event(chunk({}, { usage: { prompt_tokens: -5, completion_tokens: -1 } }, { finish_reason: "stop" })) + event("[DONE]")),
  "huge-usage": stream(event(chunk({ content: "一" })) + event(chunk({}, { usage: { prompt_tokens: 4e15, completion_tokens: 9e15 } }, { finish_reason: "stop" })) + event("[DONE]")),
  "huge-number": stream('data: {"created":1e400,"choices":[]}\n\n'),
  "wrong-index": stream(event(chunk({ content: "a" }, {}, { index: 99 })) + event("[DONE]")),
  "negative-index": stream(event(chunk({ content: "a" }, {}, { index: -1 })) + event("[DONE]")),
  "empty-choices": stream(event({ ...chunk({}), choices: [] }) + event("[DONE]")),
  "error-event": stream(event(chunk({ content: "一" })) + event({ error: { message: "overloaded", code: 1 } })),
  400: status(400), 401: status(401), 403: status(403), 404: status(404), 408: status(408),
  413: status(413), 429: status(429), "429-after": status(429, "Retry-After: 7\r\n"),
  500: status(500), 502: status(502), 503: status(503), "503-after": status(503, "Retry-After: 9\r\n"),
  529: status(529),
  "redirect-local": (socket) => socket.write(`HTTP/1.1 307 X\r\nLocation: http://127.0.0.1:${socket.localPort}/trap\r\nContent-Length: 0\r\n\r\n`),
  "redirect-metadata": (socket) => socket.write("HTTP/1.1 302 X\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0\r\n\r\n"),
  "slow-then-fast": (socket) => {
    socket.write(head(EVENTS) + ": wait\n".length.toString(16) + "\r\n: wait\n\r\n");
    setTimeout(() => { socket.write(piece(full() + event("[DONE]"))); socket.write(last); }, 400);
  },
  reset: (socket) => {
    socket.write(head(EVENTS));
    socket.write(piece(event(chunk({ content: "一" }))));
    socket.write("ff\r\ndata: {");
    setTimeout(() => socket.resetAndDestroy(), 50);
  },
  "not-http": (socket) => socket.end("220 mail.example ESMTP\r\n"),
  "long-head": (socket) => flood(socket, `HTTP/1.1 200 OK\r\n${"X-A: b\r\n".repeat(1000)}`, 1000),
  "two-lengths": (socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Type: ${EVENTS}\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\ndata: 1\n\n`),
  "length-and-coding": (socket) => {
    socket.write(head(EVENTS, "Content-Length: 5\r\n"));
    socket.write(piece(full()));
    socket.write(last);
  },
  "other-coding": (socket) => socket.write(head(EVENTS, "Transfer-Encoding: gzip\r\n") + "data: 1\n\n"),
  "bad-chunk": (socket) => {
    socket.write(head(EVENTS));
    socket.write(piece(event(chunk({ content: "一" }))));
    socket.write("0x5\r\nhello\r\n");
  },
  interim: (socket) => {
    socket.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    stream(full() + event("[DONE]"))(socket);
  },
  "interim-flood": (socket) => flood(socket, "HTTP/1.1 102 Processing\r\n\r\n".repeat(1000), 1000),
  "until-close": (socket) => socket.end(`HTTP/1.0 200 OK\r\nContent-Type: ${EVENTS}\r\n\r\n${full()}${event("[DONE]")}`),
  // answers the first request of a connection and goes at the second
  "hangs-up": (socket, body) => (socket.place > 1 ? socket.destroy() : behaviours.ok(socket, body)),
  // what follows is chosen with an argument: "cut:100", "slow:20", "big:5242880", "wait:300"
  cut: (socket, body, argument) => {
    const bytes = Buffer.concat([Buffer.from(head(EVENTS)), piece(full() + event("[DONE]")), Buffer.from(last)]);
    socket.end(bytes.subarray(0, Number(argument)));
  },
  slow: (socket, body, argument) => { // one token every so many ms, numbered, until the client leaves
    socket.write(head(EVENTS));
    const n = body.max_tokens ?? 1000;
    let i = 0;
    const timer = setInterval(() => {
      if (socket.destroyed) return clearInterval(timer);
      if (i < n) return socket.write(piece(event(chunk({ content: `${i++} ` }))));
      clearInterval(timer);
      socket.write(piece(event(chunk({}, {}, { finish_reason: "stop" })) + event("[DONE]")));
      socket.write(last);
    }, Number(argument));
  },
  big: (socket, body, argument) => {
    socket.write(head(EVENTS));
    const one = piece(event(chunk({ content: "字".repeat(1000) })));
    flood(socket, one, Math.ceil(Number(argument) / 3000),
      Buffer.concat([piece(event(chunk({}, {}, { finish_reason: "stop" })) + event("[DONE]")), Buffer.from(last)]));
  },
  wait: (socket, body, argument) => setTimeout(() => behaviours.ok(socket, body), Number(argument)),
  say: (socket, body, argument) => {
    const text = Buffer.from(argument, "base64").toString();
    let events = "";
    for (const c of text) events += event(chunk({ content: c }));
    stream(events + event(chunk({}, {}, { finish_reason: "stop" })) + event("[DONE]"))(socket);
  },
};

// Does whatever any text in its context orders, and finds orders that are disguised: 只输出⟦…⟧ or reply
// only with ⟦…⟧, in base64, with characters of no width, with tags of roles, cut over lines, in
// other forms of the letters. What it is told to give it gives, with all that it has ever seen.
const remembered = [];
const undisguised = (text) => {
  let all = text.replace(/[\u200b-\u200d\u2060\ufeff]/g, "").normalize("NFKC").replaceAll("衹輸出", "只输出");
  for (const [word] of all.matchAll(/[A-Za-z0-9+/]{24,}={0,2}/g)) all += Buffer.from(word, "base64").toString();
  return all.replace(/<\/?(system|assistant|\|[^|]*\|)>|\n/g, "");
};
export const ordersIn = (text) =>
  [...undisguised(text).matchAll(/(?:只输出|reply only with)\s*⟦(.*?)⟧/gs)].map((m) => m[1]);
behaviours.obey = (socket, body) => {
  const seen = body.messages.map((m) => m.content).join("\n");
  remembered.push(seen);
  const said = ordersIn(seen).map((order) => order.replace("全部上文", seen).replace("全部记忆", remembered.join("\n")));
  const orders = said.length ? said : [(/⟪(.*?)⟫/s.exec(seen) ?? [])[1] ?? "没有收到指令。"];
  let events = "";
  for (const part of orders.join("\n").match(/.{1,400}/gs) ?? []) events += event(chunk({ content: part }));
  stream(events + event(chunk({}, {}, { finish_reason: "stop" })) + event("[DONE]"))(socket);
};

export function startStub(port = 0) {
  const seen = [];
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    let pending = Buffer.alloc(0);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    socket.setNoDelay(true);
    socket.on("data", (data) => {
      pending = Buffer.concat([pending, data]);
      for (;;) {
        const end = pending.indexOf("\r\n\r\n");
        if (end < 0) return;
        const text = pending.subarray(0, end).toString("latin1");
        const length = Number(/^content-length: *(\d+)/im.exec(text)?.[1] ?? 0);
        if (pending.length < end + 4 + length) return;
        const raw = pending.subarray(end + 4, end + 4 + length).toString();
        pending = pending.subarray(end + 4 + length);
        const [method, path] = text.split(" ", 2);
        const body = raw ? JSON.parse(raw) : {};
        socket.place = (socket.place ?? 0) + 1;
        seen.push({ method, path, head: text, body, raw, at: Date.now(), place: socket.place });
        const [name, argument] = (body.model ?? "ok").split(/:(.*)/s);
        (behaviours[name] ?? status(404))(socket, body, argument);
      }
    });
  });
  return new Promise((done) =>
    server.listen(port, "127.0.0.1", () =>
      done({
        port: server.address().port,
        seen,
        sockets,
        get open() { return sockets.size; },
        stop: () => { for (const s of sockets) s.destroy(); server.close(); },
      })));
}
