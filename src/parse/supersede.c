/* supersede.c: which texts a text says it replaces.
 *
 *   1. Sentences with a word of ending (废止, 停止执行, 失效, 不再执行 …) that is not told in quotation
 *      marks and not reported (已经废止, 被废止).
 *   2. Their targets: the titles in 《》 and the numbers right before that word, or right behind it
 *      ("决定废止《…》"), with nothing between but brackets, 、, 和 and the like. An article named
 *      behind a target ("《…》第一条同时废止") makes it a partial repeal, which replaces nothing.
 *   3. "决定废止下列规章：" takes the titles of the lines that follow, while they are items.
 *
 * Titles are kept without 《》, numbers in normal form; the short name of an order ("市人民政府令第12号")
 * is completed with the city of the text's own issuer. A draft replaces nothing.
 */
#include <string.h>

#include "base/utf8.h"
#include "parse/facts_private.h"
#include "text/text.h"

#define MAX_TARGETS 2000
#define SENTENCE_MAX_CHARS 1200

static const char *const endings[] = {"废止",     "停止执行", "失效",     "不再执行", "停止施行",
                                      "停止使用", "予以作废", "终止执行", "停止实施", "不再施行"};

struct targets {
    struct zd_parse__case *c;
    struct zd_str *p; /* [n], the arena's */
    size_t n, cap;
};

static void add(struct targets *t, struct zd_str s)
{
    s = zd_parse__trim(s);
    if (s.n == 0 || t->n >= MAX_TARGETS)
        return;
    for (size_t i = 0; i < t->n; i++)
        if (zd_str_eq(t->p[i], s))
            return;
    if (!zd_grow(&t->p, &t->cap, t->n + 1, sizeof *t->p, MAX_TARGETS)) {
        t->c->no_memory = true;
        return;
    }
    t->p[t->n] = zd_parse__keep(t->c, s);
    t->n++;
}

/* The city or county that a name begins with: "云岫市", up to eight characters. */
static struct zd_str place_of(struct zd_str name)
{
    size_t at = 0;

    for (size_t n = 0; n < 8 && at < name.n; n++) {
        uint32_t c = zd_utf8_next(name, &at);

        if (n >= 1 && (c == 0x5E02 || c == 0x7701 || c == 0x53BF || c == 0x533A || c == 0x5DDE))
            return zd_str_cut(name, 0, at);
    }
    return ZD_STR("");
}

static void add_number(struct targets *t, struct zd_str number)
{
    struct zd_str place = place_of(t->c->facts.issuer), full;
    bool short_form = zd_str_starts(number, ZD_STR("市人民政府")) ||
                      zd_str_starts(number, ZD_STR("省人民政府")) ||
                      zd_str_starts(number, ZD_STR("县人民政府"));

    if (zd_str_starts(number, ZD_STR("人民政府令")))
        short_form = true;
    if (!short_form || place.n == 0) {
        add(t, number);
        return;
    }
    if (!zd_str_starts(number, ZD_STR("人民")))
        number = zd_str_cut(number, 3, number.n);
    full = zd_arena_printf(t->c->arena, "%.*s%.*s", (int)place.n, place.p, (int)number.n, number.p);
    if (!full.p)
        t->c->no_memory = true;
    else
        add(t, full);
}

/* The byte behind the 》 that closes the 《 at `at`, or 0. */
static size_t title_end(struct zd_str s, size_t at)
{
    size_t depth = 0;

    while (at < s.n) {
        uint32_t c = zd_utf8_next(s, &at);

        depth += c == 0x300A;
        depth -= c == 0x300B;
        if (depth == 0)
            return at;
    }
    return 0;
}

/* All titles and numbers of s. */
static void add_all(struct targets *t, struct zd_str s)
{
    size_t at = 0;

    while (at < s.n) {
        size_t title = zd_str_find(s, ZD_STR("《"), at), start, end, behind;
        bool number = zd_parse__number_find(s, at, &start, &end);

        if (title == SIZE_MAX && !number)
            return;
        if (title != SIZE_MAX && (!number || title < start)) {
            behind = title_end(s, title);
            if (behind == 0)
                return;
            add(t, zd_str_cut(s, title + 3, behind - 3));
            at = behind;
        } else {
            add_number(t, zd_str_cut(s, start, end));
            at = end;
        }
    }
}

static bool in_quotes(struct zd_str s, size_t at)
{
    size_t opens = 0, closes = 0;

    for (size_t i = zd_str_find(s, ZD_STR("“"), 0); i < at; i = zd_str_find(s, ZD_STR("“"), i + 1))
        opens++;
    for (size_t i = zd_str_find(s, ZD_STR("”"), 0); i < at; i = zd_str_find(s, ZD_STR("”"), i + 1))
        closes++;
    return opens > closes;
}

static bool in_title(struct zd_str s, size_t at)
{
    size_t depth = 0;

    for (size_t i = 0; i < at;) {
        uint32_t c = zd_utf8_next(s, &i);

        depth += c == 0x300A;
        depth -= depth && c == 0x300B;
    }
    return depth > 0;
}

/* "已经废止", "被《…》废止": told, not done. */
static bool is_reported(struct zd_str before)
{
    static const char *const words[] = {"已", "已经", "已被", "被",  "曾",
                                        "未", "不得", "自动", "已于"};

    for (size_t i = 0; i < ZD_COUNT(words); i++)
        if (zd_str_ends(before, zd_str_c(words[i])))
            return true;
    return false;
}

/* Takes words off the end of s that may stand between a target and the word of ending. */
static struct zd_str without_fill(struct zd_str s)
{
    static const char *const fill[] = {"同时", "即行", "予以", "相应", "一并", "提前", "文件", "文",
                                       "均",   "全部", "自行", "也",   "通告", "通知", "即",   "等",
                                       "规定", "随之", "同步", "，",   "、",   "另行"};
    bool again = true;

    while (again) {
        again = false;
        for (size_t i = 0; i < ZD_COUNT(fill); i++)
            if (s.n && zd_str_ends(s, zd_str_c(fill[i]))) {
                s = zd_str_cut(s, 0, s.n - strlen(fill[i]));
                again = true;
            }
    }
    return s;
}

/* "自本细则施行之日起", "自2016年2月1日起", "从该日起" at the end of s: taken off. */
static struct zd_str without_since(struct zd_str s)
{
    size_t from = SIZE_MAX;

    if (!zd_str_ends(s, ZD_STR("起")))
        return s;
    for (size_t at = zd_str_find(s, ZD_STR("自"), 0); at != SIZE_MAX;
         at = zd_str_find(s, ZD_STR("自"), at + 1))
        from = at;
    return from != SIZE_MAX && s.n - from < 80 ? zd_str_cut(s, 0, from) : s;
}

/* Where the bracket that ends s was opened, or SIZE_MAX. */
static size_t last_bracket(struct zd_str s)
{
    size_t open = SIZE_MAX, depth = 0;

    for (size_t at = 0; at < s.n;) {
        size_t here = at;
        uint32_t c = zd_utf8_next(s, &at);

        if ((c == 0xFF08 || c == '(') && depth++ == 0)
            open = here;
        if ((c == 0xFF09 || c == ')') && depth > 0)
            depth--;
    }
    return open;
}

/* Where the title that ends s begins, or SIZE_MAX. */
static size_t last_title(struct zd_str s)
{
    size_t title = SIZE_MAX, depth = 0;

    if (!zd_str_ends(s, ZD_STR("》")))
        return SIZE_MAX;
    for (size_t at = 0; at < s.n;) {
        size_t here = at;
        uint32_t c = zd_utf8_next(s, &at);

        if (c == 0x300A && depth++ == 0)
            title = here;
        depth -= depth && c == 0x300B;
    }
    return title;
}

/* Where the number that ends s begins, or SIZE_MAX. */
static size_t last_number(struct zd_str s)
{
    size_t start, end;

    for (size_t at = 0; zd_parse__number_find(s, at, &start, &end); at = end)
        if (end == s.n)
            return start;
    return SIZE_MAX;
}

/* Where the last target of s begins when s ends with one (a title or number, with what stands in
 * brackets behind it; "原通知（云退役发〔2020〕8号）" names one by its number only), else SIZE_MAX. */
static size_t last_target(struct zd_str s)
{
    struct zd_str left = s;
    size_t open = SIZE_MAX, target, start, end;

    if (zd_str_ends(s, ZD_STR("）")) || zd_str_ends(s, ZD_STR(")"))) {
        open = last_bracket(s);
        if (open == SIZE_MAX)
            return SIZE_MAX;
        left = zd_str_cut(s, 0, open);
    }
    target = last_title(left);
    if (target == SIZE_MAX)
        target = last_number(left);
    if (target == SIZE_MAX && open != SIZE_MAX && zd_parse__number_find(s, open, &start, &end))
        target = open;
    return target;
}

/* The stretch of targets that ends right before `at`: its beginning. */
static size_t targets_before(struct zd_str s, size_t at)
{
    static const char *const joins[] = {"、", "和", "及", "以及", "与", "，", ","};
    struct zd_str left = without_fill(without_since(without_fill(zd_str_cut(s, 0, at))));
    size_t from = left.n;

    for (size_t n = 0; n < MAX_TARGETS; n++) {
        size_t start = last_target(left);
        bool joined = false;

        if (start == SIZE_MAX)
            break;
        from = start;
        left = zd_str_cut(left, 0, start);
        for (size_t i = 0; i < ZD_COUNT(joins) && !joined; i++)
            if (zd_str_ends(left, zd_str_c(joins[i]))) {
                left = zd_str_cut(left, 0, left.n - strlen(joins[i]));
                joined = true;
            }
        if (!joined)
            break;
    }
    return from;
}

/* An order's number in the words that describe the first target: "2010年…令第9号公布的《…》". */
static void add_described(struct targets *t, struct zd_str s, size_t from)
{
    struct zd_str left = zd_str_cut(s, 0, from);
    size_t start, end, last_start = 0, last_end = 0;

    if (!zd_str_ends(left, ZD_STR("的")))
        return;
    for (size_t at = 0; zd_parse__number_find(left, at, &start, &end); at = end) {
        last_start = start;
        last_end = end;
    }
    if (last_end && zd_parse__chars(zd_str_cut(left, last_end, left.n)) <= 6)
        add_number(t, zd_str_cut(left, last_start, last_end));
}

/* "废止《A》（…）和《B》": the stretch of targets right behind the word. A part of a text named behind
 * the last target takes that one out. */
static void targets_behind(struct targets *t, struct zd_str s, size_t at)
{
    while (at < s.n) {
        size_t end, next;

        if (!zd_str_starts(zd_str_cut(s, at, s.n), ZD_STR("《")))
            return;
        end = title_end(s, at);
        if (end == 0)
            return;
        next = end;
        if (zd_str_starts(zd_str_cut(s, next, s.n), ZD_STR("（"))) {
            size_t close = zd_str_find(s, ZD_STR("）"), next);

            if (close != SIZE_MAX)
                next = close + 3;
        }
        if (zd_str_starts(zd_str_cut(s, next, s.n), ZD_STR("第")) ||
            zd_str_starts(zd_str_cut(s, next, s.n), ZD_STR("中")))
            return;
        add_all(t, zd_str_cut(s, at, next));
        at = next;
        if (zd_str_starts(zd_str_cut(s, at, s.n), ZD_STR("、")) ||
            zd_str_starts(zd_str_cut(s, at, s.n), ZD_STR("和")))
            at += 3;
        else
            return;
    }
}

static void look_at_sentence(struct targets *t, struct zd_str s)
{
    size_t n;

    for (size_t at = zd_parse__find_any(s, endings, ZD_COUNT(endings), 0, &n); at != SIZE_MAX;
         at = zd_parse__find_any(s, endings, ZD_COUNT(endings), at + n, &n)) {
        size_t from;

        if (in_quotes(s, at) || in_title(s, at) || is_reported(zd_str_cut(s, 0, at)))
            continue;
        from = targets_before(s, at);
        if (last_target(without_fill(without_since(without_fill(zd_str_cut(s, 0, at))))) !=
            SIZE_MAX) {
            add_described(t, s, from);
            add_all(t, zd_str_cut(s, from, at));
        } else {
            targets_behind(t, s, at + n);
        }
    }
}

/* ---- lists ---- */

/* "决定废止下列规章：", "以下文件同时废止：" */
static bool opens_list(struct zd_str s)
{
    size_t n;
    uint32_t last = zd_parse__last_char(s);

    if (zd_parse__find_any(s, endings, ZD_COUNT(endings), 0, &n) == SIZE_MAX)
        return false;
    return (last == 0xFF1A || last == ':' || last == 0x3002) &&
           (zd_parse__has(s, "下列") || zd_parse__has(s, "以下") || zd_parse__has(s, "如下")) &&
           !zd_str_ends(s, ZD_STR("下列情形：")) && !zd_parse__has(s, "条款");
}

/* Items that each name a text as a whole; yields the line behind the list. */
static size_t read_list(struct targets *t, size_t i)
{
    for (; i < t->c->blocks->n; i++) {
        struct zd_str line = zd_parse__normal(t->c, zd_parse__case_line(t->c, i));
        struct zd_parse__mark mark;
        size_t end;

        if (zd_parse__mark_read(line, &mark) && mark.kind >= ZD_PARSE__ITEM_HAN)
            line = zd_str_cut(line, mark.body, line.n);
        if (!zd_str_starts(line, ZD_STR("《")))
            break;
        end = title_end(line, 0);
        if (end == 0)
            break;
        if (!zd_str_starts(zd_str_cut(line, end, line.n), ZD_STR("第")) &&
            !zd_str_starts(zd_str_cut(line, end, line.n), ZD_STR("中")))
            add_all(t, line);
    }
    return i;
}

/* ---- the whole ---- */

static void look_at_line(struct targets *t, struct zd_str line)
{
    struct zd_span_list spans;
    size_t n;

    if (zd_parse__find_any(line, endings, ZD_COUNT(endings), 0, &n) == SIZE_MAX)
        return;
    if (zd_sentences(line, t->c->arena, &spans, NULL) != ZD_OK) {
        t->c->no_memory = true;
        return;
    }
    for (size_t k = 0; k < spans.n; k++) {
        struct zd_str s = zd_str_cut(line, spans.p[k].start, spans.p[k].end);

        if (zd_parse__chars(s) <= SENTENCE_MAX_CHARS)
            look_at_sentence(t, zd_parse__normal(t->c, s));
    }
}

void zd_parse__find_supersedes(struct zd_parse__case *c)
{
    struct targets t = {.c = c};
    struct zd_str *kept;

    if (c->is_draft)
        return;
    for (size_t i = 0; i < c->blocks->n;) {
        struct zd_str line = zd_parse__case_tail(zd_parse__case_line(c, i));

        i++;
        if (c->blocks->p[i - 1].kind == ZD_BLOCK_HEADING)
            continue;
        look_at_line(&t, line);
        if (opens_list(line))
            i = read_list(&t, i);
    }
    kept = zd_arena_array(c->arena, t.n ? t.n : 1, sizeof *kept);
    if (!kept) {
        c->no_memory = true;
    } else {
        if (t.n)
            memcpy(kept, t.p, t.n * sizeof *kept);
        c->facts.supersedes = kept;
        c->facts.n_supersedes = (uint32_t)t.n;
    }
    zd_free(t.p);
}
