// The pages work without this file. It saves reloads and keeps the reader's place:
//   ask       the answer is fetched as the same page and its result put in place
//   size      large print without a reload, remembered on this device
//   copy      a citation as text
//   cited     the marked words in the middle of the window
// All markup comes from the server; nothing here builds any from text.

const LARGE = "zhidian-large";
let shown = location.search; // what the result on the page answers

function byId<T extends HTMLElement>(id: string): T | null {
  return document.getElementById(id) as T | null;
}

function say(text: string): void {
  const live = byId("live");
  if (live) live.textContent = text;
}

function remembered(): string | null {
  try {
    return localStorage.getItem(LARGE);
  } catch {
    return null; // storage may be forbidden
  }
}

function remember(large: boolean): void {
  try {
    localStorage.setItem(LARGE, large ? "1" : "0");
  } catch {
    // then only this page is large
  }
}

function setLarge(link: HTMLAnchorElement, large: boolean): void {
  document.body.className = large ? "large" : "normal";
  link.textContent = (large ? link.dataset["normal"] : link.dataset["large"]) ?? "";
}

function prepareSize(): void {
  const link = byId<HTMLAnchorElement>("size");
  if (!link) return;
  const stored = remembered();
  if (stored !== null) setLarge(link, stored === "1");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const large = document.body.className !== "large";
    setLarge(link, large);
    remember(large);
  });
}

async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // not allowed: the old way below
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

function citationText(item: Element): string {
  const title = item.querySelector("h4 a")?.textContent ?? "";
  const facts = Array.from(item.querySelectorAll("dl div"), (row) =>
    Array.from(row.children, (cell) => cell.textContent).join(":"),
  );
  const words = item.querySelector("blockquote")?.textContent?.trim() ?? "";
  const link = item.querySelector<HTMLAnchorElement>("a.open")?.href ?? "";
  return [title, ...facts, words, link].filter(Boolean).join("\n");
}

function prepareCopies(within: ParentNode): void {
  within.querySelectorAll<HTMLButtonElement>("button.copy").forEach((button) => {
    const name = button.textContent ?? "";
    button.hidden = false;
    button.addEventListener("click", () => {
      const item = button.closest("li");
      if (!item) return;
      void copyText(citationText(item)).then((done) => {
        if (!done) return;
        const said = button.dataset["done"] ?? "";
        button.textContent = said;
        say(said);
        setTimeout(() => {
          button.textContent = name;
        }, 2000);
      });
    });
  });
}

function addressOf(form: HTMLFormElement): string {
  const params = new URLSearchParams();
  new FormData(form).forEach((value, name) => {
    if (typeof value === "string" && value !== "") params.append(name, value);
  });
  return "/?" + params.toString();
}

async function ask(form: HTMLFormElement): Promise<void> {
  const address = addressOf(form);
  const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
  const old = byId("result");
  say(form.dataset["waiting"] ?? "");
  old?.setAttribute("aria-busy", "true");
  if (button) button.disabled = true;
  try {
    const reply = await fetch(address, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    const fresh = page.getElementById("result");
    if (!fresh || !old) throw new Error("no result in the page");
    const result = document.importNode(fresh, true);
    old.replaceWith(result);
    document.title = page.title;
    history.pushState(null, "", address);
    shown = location.search;
    prepareCopies(result);
    const heading = result.querySelector<HTMLElement>("h2, h1");
    say(heading?.textContent ?? "");
    result.focus({ preventScroll: true });
    result.scrollIntoView({ block: "start" });
  } catch {
    old?.removeAttribute("aria-busy");
    say(form.dataset["failed"] ?? "");
    location.assign(address); // the browser shows what is wrong
  } finally {
    if (button) button.disabled = false;
  }
}

function prepareAsk(): void {
  const form = byId<HTMLFormElement>("ask");
  const question = byId<HTMLTextAreaElement>("q");
  if (!form || !question) return;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void ask(form);
  });
  question.addEventListener("keydown", (event) => {
    // Enter asks; not while an input method is composing, and not with Shift
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  addEventListener("popstate", () => {
    if (location.search !== shown) location.reload(); // not for a link within the page
  });
}

function prepareCited(): void {
  const cited = byId("cited");
  if (cited && location.hash === "#cited") {
    cited.scrollIntoView({ block: "center" });
    cited.focus({ preventScroll: true });
  }
}

prepareSize();
prepareAsk();
prepareCopies(document);
prepareCited();
