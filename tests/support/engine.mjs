// An engine for the gateway to run: engine.mjs PORT. Answers every chat with its process id; asked
// for "die" it dies, for "hang" it answers nothing from then on.
import { createServer } from "node:http";

let hangs = false;
createServer((request, response) => {
  let body = "";
  request.on("data", (data) => (body += data));
  request.on("end", () => {
    const said = body ? JSON.parse(body).messages.at(-1).content : "";
    if (said === "die") process.exit(3);
    if (said === "hang") hangs = true;
    if (hangs) return;
    response.setHeader("Content-Type", "application/json");
    response.end(request.url.endsWith("/models") ? '{"object":"list","data":[]}' : JSON.stringify({
      id: "e", object: "chat.completion", created: 1, model: "m",
      choices: [{ index: 0, message: { role: "assistant", content: String(process.pid) }, finish_reason: "stop" }] }));
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
