// The citizen page in a real browser: page_test.mjs ZHIDIAN
//
// The office of the examples and one guide of this test's own, so that every expectation is known,
// are added and served. Ends with status 77 where no Chromium is installed. ZD_SHOTS=FOLDER keeps pictures of each page.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, "../../web/package.json"))("playwright-core");
const program = process.argv[2];
const only = process.argv[3];
const browserPath = process.env.ZD_CHROMIUM ?? "/usr/bin/chromium";
const shots = process.env.ZD_SHOTS;

if (!existsSync(browserPath)) {
  console.log(`no ${browserPath}: skipped`);
  process.exit(77);
}

const TITLE = "云岫市滑翔伞起降场备案办事指南";
const GUIDE = `# ${TITLE}

云体规〔2024〕3号

云岫市体育局

## 第一章 总则

第一条 为了规范滑翔伞起降场备案，制定本指南。

## 第二章 备案

第二条 滑翔伞起降场每年备案一次。经营者应当在启用前三十日内，凭营业执照和场地平面图到市体育局办理备案手续。

第三条 滑翔伞起降场首次备案不收费。补发备案证明的，缴纳工本费二十元。

| 事项 | 窗口 | 时限 |
| --- | --- | --- |
| 首次备案 | 1号窗口 | 十五个工作日 |
| 补发证明 | 2号窗口 | 十个工作日 |

第四条 本指南自2024年3月1日起施行。
`;
const QUESTION = "滑翔伞起降场备案要在启用前多少日内办理";
const WORDS = "启用前三十日内";
const OFF_TOPIC = "火星探测器的发射窗口是哪一年";

function startServer(folder) {
  const office = join(folder, "office");
  const guide = join(folder, `${TITLE}.md`);
  writeFileSync(guide, GUIDE);
  // among the documents of the examples, so that refusing means something
  const examples = ["faq", "guides", "html", "notices", "rules", "tables", "trade"].map((name) =>
    join(here, "../../examples", name),
  );
  execFileSync(program, ["--data", office, "add", guide, ...examples], { stdio: "ignore" });
  const server = spawn(
    program,
    ["--data", office, "serve", "--listen", "127.0.0.1:0", "--quiet"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  return new Promise((done, fail) => {
    let said = "";
    server.stdout.on("data", (data) => {
      said += data;
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (address) done({ server, base: address[0] });
    });
    server.on("exit", () => fail(new Error(`the server ended: ${said}`)));
  });
}

const tests = [];
const test = (name, options, body) => tests.push({ name, options, body });

test("asks without a reload, and the answer stands with its evidence", {}, async ({ page, base }) => {
  await page.goto(base);
  await page.evaluate(() => (window.stayed = true));
  await page.getByLabel("您的问题").fill(QUESTION);
  await page.getByRole("button", { name: "提问" }).click();
  await page.locator(".answer").waitFor();
  assert.equal(await page.evaluate(() => window.stayed), true);
  assert.match(await page.locator(".answer .words").innerText(), new RegExp(WORDS));
  const cite = page.locator(".cite").first();
  assert.match(await cite.innerText(), new RegExp(TITLE));
  assert.match(await cite.innerText(), /云体规〔2024〕3号/);
  assert.match(await cite.innerText(), /2024年3月1日/);
  assert.equal(await cite.locator(".status").innerText(), "现行有效");
  assert.equal(new URL(page.url()).searchParams.get("q"), QUESTION);
  assert.equal(await page.evaluate(() => document.activeElement.id), "result");
  assert.equal(await page.locator("#live").textContent(), "答复");
});

test("a citation opens the original at the marked words", {}, async ({ page, base }) => {
  await page.goto(`${base}/?q=${encodeURIComponent(QUESTION)}`);
  const quoted = await page.locator(".cite blockquote").first().innerText();
  await page.locator(".cite a.open").first().click();
  await page.waitForURL(/\/doc\//);
  const marked = (await page.locator("mark").allInnerTexts()).join("");
  assert.match(marked, new RegExp(WORDS));
  assert.equal(marked.replace(/\s/g, ""), quoted.replace(/\s/g, ""));
  await page.waitForFunction(() => {
    const box = document.getElementById("cited").getBoundingClientRect();
    return box.top >= 0 && box.bottom <= innerHeight;
  });
  assert.match(await page.locator("header.card").innerText(), /现行有效/);
  assert.equal(await page.locator("table td").first().innerText(), "事项");
});

test("refuses with the reason and the next step", {}, async ({ page, base }) => {
  await page.goto(`${base}/?q=${encodeURIComponent(OFF_TOPIC)}`);
  await page.locator(".refusal").waitFor();
  assert.equal(await page.locator(".answer").count(), 0);
  assert.match(await page.locator(".refusal").innerText(), /下一步/);
  assert.match(await page.locator(".refusal li").first().innerText(), /12345/);
});

test("everything works without script", { script: false }, async ({ page, base }) => {
  await page.goto(base);
  await page.locator("#q").fill(QUESTION);
  await page.locator("button[type=submit]").click();
  assert.match(await page.locator(".answer .words").innerText(), new RegExp(WORDS));
  assert.equal(await page.locator("button.copy:visible").count(), 0);
  await page.locator(".cite a.open").first().click();
  assert.match((await page.locator("mark").allInnerTexts()).join(""), new RegExp(WORDS));
  assert.match(page.url(), /#cited$/);
  await page.locator("#size").press("Enter"); // the page has scrolled to the mark
  await page.waitForURL(/large=1/);
  assert.equal(await page.evaluate(() => document.body.className), "large");
  await page.getByRole("link", { name: "English" }).press("Enter");
  await page.waitForURL(/lang=en/);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  assert.equal(await page.evaluate(() => document.body.className), "large");
});

test("a keyboard is enough", {}, async ({ page, base }) => {
  await page.goto(base);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const seen = await page.evaluate(() => document.activeElement.getBoundingClientRect().top);
  assert.ok(seen >= 0, "the skip link is seen when it has the focus");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => location.hash), "#main");
  await page.waitForFunction(() => document.activeElement.id === "main");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.id), "q");
  await page.keyboard.type(QUESTION);
  await page.keyboard.press("Enter");
  await page.locator(".answer").waitFor();
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, "none", "the focus is always seen");
    if (await page.evaluate(() => document.activeElement.matches(".cite a"))) break;
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/doc\//);
});

test("an input method may end its composition with Enter", {}, async ({ page, base }) => {
  await page.goto(base);
  await page.locator("#q").fill("居住");
  await page.locator("#q").evaluate((area) =>
    area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true })),
  );
  assert.equal(await page.locator("#live").textContent(), "");
});

test("a link within the page does not reload it", {}, async ({ page, base }) => {
  await page.goto(base);
  await page.evaluate(() => (window.stayed = true));
  await page.locator("#q").fill("未问完的问题");
  await page.evaluate(() => document.querySelector(".skip").click());
  await page.evaluate(() => history.back());
  await page.waitForFunction(() => location.hash === "");
  assert.equal(await page.evaluate(() => window.stayed), true);
  assert.equal(await page.locator("#q").inputValue(), "未问完的问题");
});

test("region and day are sent and shown", {}, async ({ page, base }) => {
  await page.goto(base);
  await page.locator("#q").fill(QUESTION);
  await page.locator("summary").click();
  await page.getByLabel("按哪一天的规定").fill("2023-05-01");
  await page.getByRole("button", { name: "提问" }).click();
  await page.locator(".asked").waitFor();
  assert.match(await page.locator(".asked").innerText(), /2023年5月1日/);
  assert.equal(await page.locator(".answer").count(), 0, "not in force on that day");
});

test("landmarks, names and headings are what a screen reader needs", {}, async ({ page, base }) => {
  await page.goto(`${base}/?q=${encodeURIComponent(QUESTION)}`);
  for (const role of ["banner", "navigation", "main", "contentinfo", "search"])
    assert.equal(await page.getByRole(role).count(), 1, role);
  assert.equal(await page.locator("h1").count(), 1);
  assert.equal(await page.locator("#live").getAttribute("aria-live"), "polite");
  const faults = await page.evaluate(() => {
    const found = [];
    for (const field of document.querySelectorAll("input:not([type=hidden]), textarea"))
      if (!field.labels.length) found.push(`no label: ${field.id}`);
    for (const link of document.querySelectorAll("a, button"))
      if (!link.textContent.trim()) found.push(`no name: ${link.outerHTML}`);
    let last = 0;
    for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
      const level = Number(heading.tagName[1]);
      if (level > last + 1) found.push(`a level is left out before ${heading.textContent}`);
      last = level;
    }
    const ids = Array.from(document.querySelectorAll("[id]"), (e) => e.id);
    if (new Set(ids).size !== ids.length) found.push("an id stands twice");
    return found;
  });
  assert.deepEqual(faults, []);
});

// WCAG 2: the contrast of every text with what it stands on
async function lowContrast(page) {
  return page.evaluate(() => {
    const parse = (css) => (css.match(/[\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) =>
      [r, g, b]
        .map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const under = (element) => {
      for (let e = element; e; e = e.parentElement) {
        const color = parse(getComputedStyle(e).backgroundColor);
        if (color.length === 3 || color[3] === 1) return color;
      }
      return [255, 255, 255];
    };
    const low = [];
    for (const element of document.querySelectorAll("body *")) {
      const own = Array.from(element.childNodes).some((n) => n.nodeType === 3 && n.data.trim());
      if (!own || element.matches(".unseen, .skip, script")) continue;
      const [a, b] = [light(parse(getComputedStyle(element).color)), light(under(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) low.push(`${element.className || element.tagName} ${ratio.toFixed(2)}`);
    }
    return low;
  });
}

for (const [name, path] of [
  ["answer", `/?q=${encodeURIComponent(QUESTION)}`],
  ["refusal", `/?q=${encodeURIComponent(OFF_TOPIC)}`],
  ["nothing", "/nothing"],
]) {
  test(`colours of the page "${name}" reach 4.5 : 1`, {}, async ({ page, base }) => {
    await page.goto(base + path);
    assert.deepEqual(await lowContrast(page), []);
  });
  for (const [width, large] of [[320, 0], [320, 1], [640, 1], [1280, 0]]) {
    test(`"${name}" fits ${width} px${large ? ", large" : ""}`, { width }, async ({ page, base }) => {
      await page.goto(base + path + (path.includes("?") ? "&" : "?") + `large=${large}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} px too wide`);
    });
  }
}

test("the original fits 320 px, large", { width: 320 }, async ({ page, base }) => {
  await page.goto(`${base}/?large=1&q=${encodeURIComponent(QUESTION)}`);
  await page.locator(".cite a.open").first().click();
  await page.waitForURL(/large=1/);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} px too wide`);
});

test("large print is remembered on this device", {}, async ({ page, base }) => {
  await page.goto(base);
  const before = await page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
  await page.getByRole("link", { name: "大字版" }).click();
  const after = await page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
  assert.ok(after >= before * 1.35, `${before} → ${after}`);
  await page.goto(`${base}/nothing`);
  assert.equal(await page.evaluate(() => document.body.className), "large");
});

test("English second, by link and by the browser's language", { locale: "en-GB" }, async ({ page, base }) => {
  await page.goto(base);
  assert.match(await page.locator("h1").innerText(), /What would you like to know/);
  await page.getByRole("link", { name: "中文" }).click();
  assert.equal(await page.locator("h1").innerText(), "您想了解什么？");
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
});

test("the page weighs under 100 KB and asks nobody else", {}, async ({ page, base }) => {
  const sizes = [];
  const elsewhere = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) elsewhere.push(request.url());
  });
  page.on("response", (response) => {
    sizes.push(
      response.body().then((body) => body.length + JSON.stringify(response.headers()).length),
    );
  });
  await page.goto(`${base}/?q=${encodeURIComponent(QUESTION)}`, { waitUntil: "networkidle" });
  assert.deepEqual(elsewhere, []);
  const bytes = (await Promise.all(sizes)).reduce((sum, n) => sum + n, 0);
  assert.ok(sizes.length >= 4, `only ${sizes.length} files`);
  assert.ok(bytes > 12000 && bytes < 30000, `${bytes} bytes`);
  console.log(`    ${bytes} bytes with style, script and icon`);
});

test("a citation is copied as text", { permissions: true }, async ({ page, base }) => {
  await page.goto(`${base}/?q=${encodeURIComponent(QUESTION)}`);
  const button = page.locator("button.copy").first();
  await button.click();
  await page.locator("button.copy", { hasText: "已复制" }).waitFor();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(text, new RegExp(TITLE));
  assert.match(text, new RegExp(WORDS));
  assert.match(text, /\/doc\//);
});

test("markup in a question runs nowhere", {}, async ({ page, base }) => {
  let ran = false;
  page.on("dialog", (dialog) => {
    ran = true;
    void dialog.dismiss();
  });
  await page.goto(base);
  await page.locator("#q").fill('"><img src=x onerror=alert(1)><script>alert(2)</script>');
  await page.getByRole("button", { name: "提问" }).click();
  await page.locator(".asked").waitFor();
  assert.equal(await page.locator("#result img, #result script").count(), 0);
  assert.equal(ran, false);
});

async function main() {
  const folder = mkdtempSync(join(tmpdir(), "zhidian-web-"));
  const { server, base } = await startServer(folder);
  const browser = await chromium.launch({
    executablePath: browserPath,
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ],
  });
  let failed = 0;
  if (shots) mkdirSync(shots, { recursive: true });
  for (const [number, { name, options, body }] of tests.entries()) {
    if (only && !name.includes(only)) continue;
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1100, height: 800 },
      locale: options.locale ?? "zh-CN",
      javaScriptEnabled: options.script !== false,
      ...(options.permissions ? { permissions: ["clipboard-read", "clipboard-write"] } : {}),
    });
    const page = await context.newPage();
    const faults = [];
    page.setDefaultTimeout(20000);
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      if (/Content.Security.Policy|Uncaught/.test(message.text())) faults.push(message.text());
    });
    try {
      await body({ page, base });
      assert.deepEqual(faults, []);
      console.log(`ok   ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAIL ${name}\n     ${error.message.split("\n").slice(0, 12).join("\n     ")}`);
    }
    if (shots) await page.screenshot({ path: join(shots, `${number}.png`), fullPage: true });
    await context.close();
  }
  await browser.close();
  server.removeAllListeners("exit");
  server.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
  process.exit(failed ? 1 : 0);
}

await main();
