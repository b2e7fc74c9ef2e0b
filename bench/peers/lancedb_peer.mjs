// LanceDB's full-text index as a peer: n-grams of one and two characters, BM25.
//
//   node lancedb_peer.mjs build TEXTS DIR            a line of TEXTS is a passage; prints seconds
//   node lancedb_peer.mjs query DIR K WARM BUDGET    a question a line, prints "ms id id id" a line
//
// Needs the npm package @lancedb/lancedb where NODE_PATH or the working folder finds it.
import { createInterface } from "node:readline";
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.join(process.cwd(), "package.json"));
const lancedb = require("@lancedb/lancedb");
const BATCH = 50000;

async function build(texts, dir) {
  const begun = process.hrtime.bigint();
  const db = await lancedb.connect(dir);
  let table = null;
  let rows = [];
  let n = 0;
  const flush = async () => {
    if (table) await table.add(rows);
    else table = await db.createTable("passages", rows, { mode: "overwrite" });
    rows = [];
  };
  for await (const line of createInterface({ input: createReadStream(texts) })) {
    rows.push({ i: n++, t: line });
    if (rows.length === BATCH) await flush();
  }
  if (rows.length) await flush();
  await table.createIndex("t", {
    config: lancedb.Index.fts({
      baseTokenizer: "ngram",
      ngramMinLength: 1,
      ngramMaxLength: 2,
      withPosition: false,
      stem: false,
      removeStopWords: false,
      asciiFolding: false,
      maxTokenLength: 40,
    }),
  });
  await table.optimize();
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  console.log(JSON.stringify({ build_s: seconds, passages: n }));
}

async function search(table, question, k) {
  const rows = await table
    .query()
    .fullTextSearch(new lancedb.MatchQuery(question, "t", { operator: lancedb.Operator.Or }))
    .select(["i", "_score"])
    .limit(k)
    .toArray();
  return rows.map((row) => row.i);
}

async function query(dir, k, warmSeconds, budgetSeconds) {
  const db = await lancedb.connect(dir);
  const table = await db.openTable("passages");
  const questions = [];
  for await (const line of createInterface({ input: process.stdin })) questions.push(line);
  const until = performance.now() + warmSeconds * 1000;
  for (let i = 0; performance.now() < until; i++)
    await search(table, questions[i % Math.min(questions.length, 1000)], k);
  const end = performance.now() + budgetSeconds * 1000;
  for (const question of questions) {
    if (performance.now() > end) break;
    const begun = process.hrtime.bigint();
    const ids = await search(table, question, k);
    const ms = Number(process.hrtime.bigint() - begun) / 1e6;
    console.log([ms.toFixed(4), ...ids].join(" "));
  }
}

const [command, ...args] = process.argv.slice(2);
if (command === "build" && args.length === 2) await build(...args);
else if (command === "query" && args.length === 4)
  await query(args[0], ...args.slice(1).map(Number));
else {
  console.error("usage: lancedb_peer.mjs build TEXTS DIR | query DIR K WARM BUDGET");
  process.exit(2);
}
