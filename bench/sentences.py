#!/usr/bin/env python3
"""How many corrupted sentences the sentence check removes, and how many true ones it loses.

    sentences.py [--half dev|report] [--count N] [--show N] [--examples]

Sentences come from the answers of two collections below $ZD_SHARED/data: the sentences of `policy`
documents that hold the marked answers, and the sentences of the `statutes` articles that lawyers
marked. With each go five passages: its own and four others, of the same document or law where there
are enough. --examples makes them from the documents in examples/ instead.

A true sentence is the document's own, rewritten by code in one to three light ways:
    numerals    三十日 → 30日, 5% → 百分之五, 3年 → 三年
    words       应当 → 应, 可以 → 可, 或者 → 或, 的 left out
    modifiers   依法, 有关, 及时 … left out
    source      根据《…》第十二条, before it; [2] behind it; a mark of a list before it
    shorter     a clause left out that is no condition (…的，) and no exception (但…, …除外)
    order       two neighbouring clauses exchanged, where neither is one

A corrupted one is a true one in which one thing was changed:
    number, date, party, negation, added claim (made up, or a clause of another passage), merged
    (the first clauses of one sentence with the last of another); every second one is rewritten as
    well, but not shortened, so that the change stays in it

Documents fall into two halves by their id; the check was developed on `dev` only.
"""
import argparse
import collections
import hashlib
import json
import os
import pathlib
import random
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("ZD_SHARED", ROOT.parent / "shared"))
DRIVER = os.environ.get("ZD_CHECK_DRIVER", str(ROOT / "build/bench/check_driver"))
KINDS = ("number", "date", "party", "negation", "added", "merged")

PARTIES = ["用人单位", "劳动者", "申请人", "公安机关", "人民法院", "人民政府", "企业", "个人", "居民委员会",
           "出租人", "承租人", "经营者", "消费者", "当事人", "监护人", "税务机关", "医疗机构", "学校",
           "社会保险经办机构", "街道办事处", "父母", "子女", "债权人", "债务人", "受害人", "侵权人",
           "保险人", "被保险人", "投保人", "单位", "职工", "患者", "买受人", "出卖人", "业主", "物业服务人",
           "受理机关", "派出所", "政务服务中心", "人力资源社会保障部门", "市场监督管理部门", "卫生健康部门"]
CLAIMS = ["并缴纳500元手续费", "由居民委员会负责审批", "逾期视为自动放弃", "并须本人到现场办理", "费用由财政全额承担",
          "且每年只能办理一次", "由上级主管部门备案", "同时提供无犯罪记录证明", "结果在网上公示15日",
          "可以委托他人代为办理"]
MODIFIERS = ["依法", "有关", "相关", "及时", "按照规定", "按规定", "依照规定", "切实", "积极", "严格", "进一步",
             "全面", "主动", "认真", "妥善"]
UNITS = "年月日天元万亿倍人个件份次岁吨倍%"
DIGITS = "零一二三四五六七八九"


def half_of(name):
    return ("dev", "report")[hashlib.sha256(name.encode()).digest()[0] & 1]


def sentences_of(text):
    return [s.strip() for s in re.findall(r"[^。！？；\n]+[。！？；]?", text) if s.strip()]


def clauses_of(sentence):
    return re.findall(r"[^，：,:]+[，：,:。；！？]?", sentence)


# ---- numerals ----

def to_chinese(n):
    if n < 10:
        return DIGITS[n]
    if n < 100:
        return ("" if n < 20 else DIGITS[n // 10]) + "十" + (DIGITS[n % 10] if n % 10 else "")
    if n < 1000:
        rest = n % 100
        return DIGITS[n // 100] + "百" + (
            "" if not rest else ("零" if rest < 10 else "") + ("一" if 10 <= rest < 20 else "") +
            to_chinese(rest))
    return None


def from_chinese(s):
    total, number = 0, 0
    for c in s:
        if c in DIGITS:
            number = DIGITS.index(c)
        elif c in "十百千":
            total += (number or 1) * {"十": 10, "百": 100, "千": 1000}[c]
            number = 0
        else:
            return None
    return total + number


NUMBER = re.compile(r"(?<![第〇零一二三四五六七八九十百千万亿\d.之])(\d{1,3}(?!\d|\.\d)|[一二三四五六七八九十百]{1,5})"
                    rf"(?=个?工?作?[{UNITS}])")


def numbers_in(sentence):
    found = []
    for m in NUMBER.finditer(sentence):
        n = int(m[1]) if m[1].isdigit() else from_chinese(m[1])
        if n is not None and n > 0:
            found.append((m, n))
    return found


# ---- true ones ----

def rewrite_numerals(rng, s, _):
    if "百分之" not in s and re.search(r"(?<![\d.])\d{1,2}%", s):
        return re.sub(r"(?<![\d.])(\d{1,2})%", lambda m: "百分之" + to_chinese(int(m[1])), s)
    found = numbers_in(s)
    if not found:
        return s
    m, n = rng.choice(found)
    other = str(n) if not m[1].isdigit() else to_chinese(n)
    if m[1] == "一" or other is None:  # 一次 is often no number
        return s
    return s[:m.start()] + other + s[m.end():]


def rewrite_words(rng, s, _):
    a, b = rng.choice([("应当", "应"), ("可以", "可"), ("或者", "或"), ("以及", "及"), ("必须", "应当"),
                       ("并且", "并")])
    if a in s:
        return s.replace(a, b)
    places = [m.start() for m in re.finditer(r"(?<=[\u4e00-\u9fff])的(?=[\u4e00-\u9fff])", s)]
    if places:
        at = rng.choice(places)
        s = s[:at] + s[at + 1:]
    return s


def drop_modifier(rng, s, _):
    there = [m for m in MODIFIERS if re.search("(?<![未不])" + m, s)]
    return re.sub("(?<![未不])" + rng.choice(there), "", s, count=1) if there else s


def add_source(rng, s, passage):
    kind = rng.randrange(4)
    if kind == 0 and passage.get("clause"):
        return f"根据《{passage['title']}》{passage['clause']}，{s}"
    if kind == 1:
        return "根据有关规定，" + s
    if kind == 2:
        return s[:-1] + "[1]" + s[-1] if s[-1] in "。；！？" else s + "[1]"
    return rng.choice(["- ", "1. ", "**", "（二）"]) + s


def is_plain(clause):
    body = clause.strip("，：。；,: ")
    return not (body.endswith("的") or body.endswith("除外") or clause[-1] in "：:" or
                re.match(r"但|除|如|若|凡|对于|不过|只有|除非|当|第|[（(]", body))


def shorten(rng, s, _):
    parts = clauses_of(s)
    free = [i for i, c in enumerate(parts) if is_plain(c) and (i == 0 or is_plain(parts[i - 1]))]
    if len(parts) < 3 or not free:
        return s
    i = rng.choice(free)
    ends = parts[-1][-1]
    rest = parts[:i] + parts[i + 1:]
    return "".join(rest).rstrip("，：") + (ends if not rest[-1].endswith(ends) else "")


def reorder(rng, s, _):
    parts = clauses_of(s)
    free = [i for i in range(len(parts) - 1) if is_plain(parts[i]) and is_plain(parts[i + 1]) and
            (i == 0 or is_plain(parts[i - 1])) and not re.match("是|即|其|并|也|均|且|该|因|由|从而", parts[i + 1])]
    if not free:
        return s
    i = rng.choice(free)
    bare = [p.rstrip("，。；,") for p in parts]
    bare[i], bare[i + 1] = bare[i + 1], bare[i]
    return "，".join(bare) + "。"


WAYS = [shorten, reorder, drop_modifier, rewrite_words, rewrite_numerals, add_source]


def rewrite(rng, sentence, passage, ways, keep_all=False):
    """`ways` of the ways, in the order above: what is put around the sentence comes last."""
    for way in sorted(rng.sample(WAYS[keep_all:], ways), key=WAYS.index):
        sentence = way(rng, sentence, passage)
    return sentence


# ---- corrupted ones ----

MARK = r"^([（(][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十\d]+[、.．])\s*"


def change_number(rng, s, _):
    found = [(m, n) for m, n in numbers_in(s) if s[m.end()] not in "年月日"]
    if not found:
        return None
    m, n = rng.choice(found)
    other = rng.choice([v for v in (n + 1, n + 5, n * 2, n * 10, max(1, n - 1)) if v != n])
    text = str(other) if m[1].isdigit() else to_chinese(other) or str(other)
    return s[:m.start()] + text + s[m.end():]


def change_date(rng, s, _):
    found = [(m, n) for m, n in numbers_in(s) if s[m.end()] in "年月日"]
    years = list(re.finditer(r"(19|20)\d\d(?=年)", s))
    if years and (not found or rng.random() < 0.5):
        m = rng.choice(years)
        return s[:m.start()] + str(int(m[0]) + rng.choice([-2, -1, 1, 3])) + s[m.end():]
    if not found:
        return None
    m, n = rng.choice(found)
    if rng.random() < 0.3:
        unit = {"年": "个月", "月": "日", "日": "年"}[s[m.end()]]
        return s[:m.end()] + unit + s[m.end() + 1:]
    other = n + rng.choice([1, 2, 3, 10])
    return s[:m.start()] + (str(other) if m[1].isdigit() else to_chinese(other)) + s[m.end():]


def change_party(rng, s, _):
    there = [p for p in PARTIES if p in s]
    there = [p for p in there if not any(p != q and p in q for q in there)]
    if not there:
        return None
    old = rng.choice(there)
    new = rng.choice([p for p in PARTIES if p not in old and old not in p])
    return s.replace(old, new, 1)


def change_negation(rng, s, _):
    swaps = [("不得", "可以"), ("应当", "不得"), ("可以", "不得"), ("应当", "可以不"), ("不予", "应予"), ("未", "已"),
             ("必须", "不必"), ("以上", "以下"), ("以下", "以上"), ("不", ""), ("无", "有"), ("禁止", "允许"),
             ("可", "不可"), ("是", "不是"), ("应", "不应"), ("能够", "不能"), ("需", "无需"), ("有权", "无权"),
             ("免", "不免"), ("由", "不由"), ("按", "不按"), ("将", "不将")]
    there = [(a, b) for a, b in swaps if a in s]
    if not there:
        return None
    a, b = there[0] if rng.random() < 0.6 else rng.choice(there)
    places = [m.start() for m in re.finditer(re.escape(a), s)]
    at = rng.choice(places)
    return s[:at] + b + s[at + len(a):]


def add_claim(rng, s, others):
    end = s[-1] if s[-1] in "。；！？" else ""
    body = s[:-1] if end else s
    claim = rng.choice(CLAIMS)
    if re.match(MARK, s):  # two items of one list together claim nothing new
        others = [o for o in others if not re.match(MARK, o)]
    if rng.random() < 0.5 and others:
        parts = [c.strip("，：。；,: ") for c in clauses_of(rng.choice(others))]
        parts = [p for p in parts if 6 <= len(p) <= 30 and p not in s]
        if parts:
            claim = rng.choice(parts)
    if rng.random() < 0.3:
        return claim + "，" + s
    return body + "，" + claim + end


def merge(rng, s, others):
    mine = clauses_of(re.sub(MARK, "", s))
    candidates = [clauses_of(re.sub(MARK, "", o)) for o in others if len(clauses_of(o)) > 1]
    if len(mine) < 2 or not candidates:
        return None
    other = rng.choice(candidates)
    head, tail = mine[:rng.randrange(1, len(mine))], other[rng.randrange(1, len(other)):]
    if len("".join(tail)) < 6 or len("".join(head)) < 6 or "".join(tail) in s:
        return None
    return "".join(head).rstrip("，：,") + "，" + "".join(tail)


CORRUPT = dict(zip(KINDS, (change_number, change_date, change_party, change_negation, add_claim,
                           merge)))


def stands(text, passages):
    """Whether a corrupted sentence happens to be said by a passage all the same."""
    bare = re.sub(r"[^\w%]", "", text)
    return any(bare in re.sub(r"[^\w%]", "", p["text"]) for p in passages)


# ---- collections ----

def read_lines(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def chunks_of(text, size=350):
    chunks, chunk = [], ""
    for line in text.split("\n"):
        for sentence in re.findall(r"[^。！？；]+[。！？；]?", line):
            chunk += sentence
            if len(chunk) >= size:
                chunks.append(chunk)
                chunk = ""
        chunk += "\n"
    return [c.strip("\n") for c in chunks + [chunk] if c.strip()]


def policy_items(half):
    data = SHARED / "data/policy"
    documents = {d["id"]: d["text"] for d in read_lines(data / "documents.jsonl")}
    for question in read_lines(data / "questions.jsonl"):
        name = question["relevant"] if isinstance(question["relevant"], str) else question["relevant"][0]
        if half_of(name) != half or name not in documents:
            continue
        chunks = chunks_of(documents[name])
        for i, chunk in enumerate(chunks):
            if question["answer"][:40] not in chunk:
                continue
            near = chunks[max(0, i - 2):i] + chunks[i + 1:i + 3]
            at = chunk.index(question["answer"][:40])
            own = [s for s in sentences_of(chunk)
                   if chunk.index(s) < at + len(question["answer"]) and chunk.index(s) + len(s) > at]
            yield name, {"text": chunk, "title": "", "clause": ""}, [
                {"text": c, "title": "", "clause": ""} for c in near], own
            break


def statute_items(half):
    data = SHARED / "data/statutes"
    articles = read_lines(data / "articles.jsonl")
    by_id = {a["id"]: i for i, a in enumerate(articles)}

    def passage(a):
        return {"text": a["text"], "title": a["title"], "clause": a["number"]}

    for question in read_lines(data / "questions.jsonl"):
        for name in question["relevant"]:
            i = by_id.get(name)
            if i is None or half_of(articles[i]["title"]) != half:
                continue
            near = [a for a in articles[max(0, i - 2):i + 3]
                    if a["id"] != name and a["title"] == articles[i]["title"]]
            yield name, passage(articles[i]), [passage(a) for a in near], sentences_of(
                articles[i]["text"])


def example_items(_):
    for path in sorted((ROOT / "examples").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        chunks = [c for c in re.split(r"\n(?=#)|\n\n", text) if len(c) > 30]
        for i, chunk in enumerate(chunks):
            near = chunks[max(0, i - 2):i] + chunks[i + 1:i + 3]
            yield str(path), {"text": chunk, "title": path.stem, "clause": ""}, [
                {"text": c, "title": "", "clause": ""} for c in near], [
                    s for s in sentences_of(chunk) if not s.startswith(("#", "|", ">"))]


def cases(items, count, rng):
    """count true and count corrupted sentences, as (kind, case)."""
    pool = []
    for _, passage, near, own in items:
        for sentence in own:
            if 12 <= len(sentence) <= 220 and not re.match(r"[#|>\-\d]", sentence):
                pool.append((passage, near, sentence))
    rng.shuffle(pool)
    seen = set()
    pool = [p for p in pool if p[2] not in seen and not seen.add(p[2])]
    out = []
    for k in range(count):
        passage, near, sentence = pool[k % len(pool)]
        round_ = k // len(pool)
        out.append(("true", passage, near, rewrite(rng, sentence, passage, min(3, k % 4 + round_)),
                    sentence))
    k, n = 0, 0
    while n < count and k < 60 * len(pool):
        passage, near, sentence = pool[rng.randrange(len(pool))]
        kind = KINDS[n % len(KINDS)]
        others = [s for p in near for s in sentences_of(p["text"])] + [
            s for s in sentences_of(passage["text"]) if s != sentence]
        broken = CORRUPT[kind](rng, sentence, others)
        if broken and k % 2:
            broken = rewrite(rng, broken, passage, 1, keep_all=True)
        k += 1
        if broken and broken != sentence and not stands(broken, [passage, *near]):
            out.append((kind, passage, near, broken, sentence))
            n += 1
    return out


def check(all_cases, rng):
    lines = []
    for _, passage, near, text, _ in all_cases:
        evidence = [passage, *near]
        rng.shuffle(evidence)
        lines.append(json.dumps({"evidence": evidence, "text": text}, ensure_ascii=False))
    done = subprocess.run([DRIVER], input="\n".join(lines) + "\n", text=True, encoding="utf-8",
                          stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def is_kept(verdict):
    return bool(verdict["why"]) and not any(verdict["why"])


def score(all_cases, verdicts, show=0):
    kept, total, reasons = (collections.Counter() for _ in range(3))
    for (kind, _, _, text, sentence), verdict in zip(all_cases, verdicts):
        total[kind] += 1
        kept[kind] += is_kept(verdict)
        if kind == "true" and not is_kept(verdict):
            reasons[",".join(w for w in verdict["why"] if w)] += 1
        if show and is_kept(verdict) != (kind == "true"):
            show -= 1
            print(f"  {kind} {verdict['why']}\n    {text}\n    {sentence}")
    return kept, total, reasons


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--half", choices=("dev", "report"), default="report")
    options.add_argument("--count", type=int, default=1000, help="of each collection")
    options.add_argument("--show", type=int, default=0, help="wrong verdicts to print")
    options.add_argument("--examples", action="store_true")
    options = options.parse_args()
    collections_ = [("examples", example_items)] if options.examples else [
        ("policy", policy_items), ("statutes", statute_items)]
    sum_kept, sum_total = collections.Counter(), collections.Counter()
    for name, items in collections_:
        rng = random.Random(f"{name} {options.half}")
        made = cases(items(options.half), options.count, rng)
        kept, total, reasons = score(made, check(made, rng), options.show)
        sum_kept += kept
        sum_total += total
        corrupted = sum(total[k] for k in KINDS)
        print(f"{name:9} true lost {total['true'] - kept['true']} of {total['true']} "
              f"({100 * (1 - kept['true'] / total['true']):.1f} %) {dict(reasons)}")
        print(f"{'':9} corrupted removed {corrupted - sum(kept[k] for k in KINDS)} of {corrupted} "
              f"({100 * (1 - sum(kept[k] for k in KINDS) / corrupted):.1f} %): " +
              ", ".join(f"{k} {100 * (1 - kept[k] / max(1, total[k])):.1f} %" for k in KINDS))
    corrupted = sum(sum_total[k] for k in KINDS)
    print(f"{'together':9} true lost {100 * (1 - sum_kept['true'] / sum_total['true']):.2f} %, "
          f"corrupted removed {100 * (1 - sum(sum_kept[k] for k in KINDS) / corrupted):.2f} %")
    return sum_kept, sum_total


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
