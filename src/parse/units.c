/* units.c: blocks → units, see structure_private.h.
 *
 * Each line is first judged alone (its mark, its label, its length), then once more with its
 * neighbours: a short item followed by longer words is a heading ("一、受理条件"), inside an
 * article nothing is, and a page that names two fields of a guide is a guide.
 */
#include "base/caps.h"
#include "base/utf8.h"
#include "parse/structure_private.h"

#define FLAT_MIN_CHARS 350   /* longer lines are cut */
#define HEADING_MAX_CHARS 50 /* 第一章 … */
#define ITEM_HEADING_MAX_CHARS 30
#define QUESTION_MAX_CHARS 80
#define DATA_SHEET_LINES 20

void zd_parse__unit_add(struct zd_parse__units *units, struct zd_parse__unit unit)
{
    if (units->n >= (size_t)ZD_DOCUMENT_MAX_BLOCKS * 2) {
        units->too_many = true;
        return;
    }
    if (!zd_grow(&units->p, &units->cap, units->n + 1, sizeof *units->p,
                 (size_t)ZD_DOCUMENT_MAX_BLOCKS * 2)) {
        units->no_memory = true;
        return;
    }
    units->p[units->n++] = unit;
}

static bool asks(struct zd_str s)
{
    uint32_t c = zd_parse__last_char(s);

    return c == 0xFF1F || c == '?';
}

/* ---- one line alone ---- */

static bool prefix_in(struct zd_str line, const char *const *words, size_t n, size_t *ret_n)
{
    for (size_t i = 0; i < n; i++)
        if (zd_str_starts(line, zd_str_c(words[i]))) {
            *ret_n = zd_str_c(words[i]).n;
            return true;
        }
    return false;
}

/* "问：", "Q1：", "问题三：", also behind a number: "3.问：". Yields the bytes of the mark. */
static bool question_mark(struct zd_str line, size_t *ret_n)
{
    static const char *const words[] = {"问：", "问:", "【问】", "[问]",
                                        "Q：",  "Q:",  "问题：", "问题:"};
    struct zd_parse__mark mark;
    size_t skipped = 0, n, at;

    if (zd_parse__mark_read(line, &mark)) {
        skipped = mark.body;
        line = zd_str_cut(line, mark.body, line.n);
    }
    if (prefix_in(line, words, ZD_COUNT(words), &n)) {
        *ret_n = skipped + n;
        return true;
    }
    at = zd_str_starts(line, ZD_STR("问题")) ? 6 : zd_str_starts(line, ZD_STR("Q")) ? 1 : 0;
    if (at == 0)
        return false;
    for (size_t steps = 0; steps < 4 && at < line.n; steps++) {
        uint32_t c = zd_utf8_next(line, &at);

        if (c == 0xFF1A || c == ':' || (c == 0x3001 && steps > 0) || (c == '.' && steps > 0)) {
            *ret_n = skipped + at;
            return steps > 0;
        }
        if (!(c >= '0' && c <= '9') && !zd_is_han(c))
            return false;
    }
    return false;
}

static bool answer_mark(struct zd_str line, size_t *ret_n)
{
    static const char *const words[] = {"答：", "答:",    "【答】", "[答]",   "A：",
                                        "A:",   "答复：", "回答：", "解答：", "回复："};

    return prefix_in(line, words, ZD_COUNT(words), ret_n);
}

/* 附件, 附表一, 附录： alone: a heading; with words behind: plain, but no part of an article. */
static bool annex_mark(struct zd_str line, bool *ret_alone)
{
    static const char *const words[] = {"附件", "附表", "附录", "附图", "附：", "附:"};
    size_t at = 0, n;
    bool alone = true;

    if (zd_str_eq(line, ZD_STR("附"))) {
        *ret_alone = true;
        return true;
    }
    if (!prefix_in(line, words, ZD_COUNT(words), &n))
        return false;
    at = n;
    for (size_t steps = 0; at < line.n; steps++) {
        uint32_t c = zd_utf8_next(line, &at);
        bool counts = zd_parse__is_space(c) || (c >= '0' && c <= '9') || c == 0xFF1A || c == ':' ||
                      (c >= 0x4E00 && c <= 0x4E5D && steps < 3) || c == 0x5341;

        if (!counts) {
            alone = false;
            break;
        }
    }
    if (!alone && zd_str_starts(line, ZD_STR("附")) && n == 6 && line.n > n) {
        /* "附件所列…" goes on as a sentence; "附件1：…", "附表 …" do not */
        size_t next = n;
        uint32_t c = zd_utf8_next(line, &next);

        if (!zd_parse__is_space(c) && !(c >= '0' && c <= '9') && c != 0xFF1A && c != ':' &&
            c != 0x4E00 && c != 0x4E8C && c != 0x4E09)
            return false;
    }
    *ret_alone = alone;
    return true;
}

static bool is_heading_mark(struct zd_str line, const struct zd_parse__mark *mark, size_t n_chars)
{
    if (mark->kind > ZD_PARSE__SECTION || n_chars > HEADING_MAX_CHARS ||
        zd_parse__ends_sentence(line))
        return false;
    return mark->spaced || (n_chars <= 25 && !zd_parse__mark_is_reference(line, mark));
}

static bool opens_article(struct zd_str line, const struct zd_parse__mark *mark, uint64_t last)
{
    if (mark->kind != ZD_PARSE__ARTICLE || zd_parse__mark_is_reference(line, mark))
        return false;
    return mark->spaced || mark->value == last + 1 || (mark->value == last && mark->sub > 0) ||
           last == 0;
}

static void apply_mark(struct zd_parse__unit *unit, struct zd_str line, uint64_t last_article)
{
    struct zd_parse__mark mark;

    if (!zd_parse__mark_read(line, &mark))
        return;
    if (mark.kind == ZD_PARSE__ARTICLE) {
        if (!opens_article(line, &mark, last_article))
            return;
        unit->kind = ZD_PARSE__UNIT_ARTICLE;
    } else if (mark.kind < ZD_PARSE__ARTICLE) {
        if (!is_heading_mark(line, &mark, unit->n_chars))
            return;
        unit->kind = ZD_PARSE__UNIT_HEADING;
        unit->rank = ZD_PARSE__RANK_PART + (int)mark.kind - (int)ZD_PARSE__PART;
        return;
    } else {
        unit->kind = ZD_PARSE__UNIT_ITEM;
        unit->rank = ZD_PARSE__RANK_ITEM + (int)mark.kind - (int)ZD_PARSE__ITEM_HAN;
    }
    unit->value = mark.value;
    unit->number = zd_str_cut(line, 0, mark.n_number);
    unit->body = unit->start + (uint32_t)mark.body;
}

static bool apply_label(struct zd_parse__unit *unit, struct zd_str line)
{
    struct zd_str label, value;
    struct zd_parse__mark mark;

    if (!zd_parse__label_cut(line, &label, &value))
        return false;
    unit->label = label;
    unit->field = zd_parse__guide_field(label);
    if (unit->field == ZD_GUIDE_NONE)
        return false;
    unit->kind = ZD_PARSE__UNIT_LABEL;
    unit->rank = ZD_PARSE__RANK_LABEL;
    unit->body = unit->end - (uint32_t)value.n;
    if (zd_parse__mark_read(line, &mark) && mark.kind >= ZD_PARSE__ITEM_HAN)
        unit->rank = ZD_PARSE__RANK_ITEM + (int)mark.kind - (int)ZD_PARSE__ITEM_HAN;
    return true;
}

struct zd_parse__unit zd_parse__unit_of(struct zd_str text, uint32_t start, uint32_t end,
                                        uint64_t last_article)
{
    struct zd_str line = zd_str_cut(text, start, end);
    struct zd_parse__unit unit = {
        .kind = ZD_PARSE__UNIT_PLAIN, .start = start, .end = end, .body = start};
    bool alone;
    size_t n;

    unit.n_chars = (uint32_t)zd_parse__chars(line);
    if (question_mark(line, &n)) {
        unit.kind = ZD_PARSE__UNIT_QUESTION;
        unit.rank = ZD_PARSE__RANK_QUESTION;
        unit.body = start + (uint32_t)n;
    } else if (answer_mark(line, &n)) {
        unit.kind = ZD_PARSE__UNIT_ANSWER;
        unit.body = start + (uint32_t)n;
    } else if (annex_mark(line, &alone)) {
        unit.kind = alone ? ZD_PARSE__UNIT_HEADING : ZD_PARSE__UNIT_ANNEX;
        unit.rank = 1;
    } else if (!apply_label(&unit, line)) {
        apply_mark(&unit, line, last_article);
    }
    return unit;
}

/* ---- with the neighbours ---- */

static struct zd_str unit_text(const struct zd_blocks *blocks, const struct zd_parse__unit *u)
{
    return zd_str_cut(blocks->text, u->start, u->end);
}

static bool is_heading_like(const struct zd_blocks *blocks, const struct zd_parse__unit *u)
{
    struct zd_str line = unit_text(blocks, u);

    if (asks(line))
        return u->n_chars <= QUESTION_MAX_CHARS;
    return u->n_chars <= ITEM_HEADING_MAX_CHARS && !zd_parse__ends_sentence(line) &&
           zd_parse__last_char(line) != 0xFF0C;
}

/* A short item that opens something longer. Inside an article only one that stands right before
 * another article may be a heading ("一、关于抵押"). */
static bool item_is_heading(const struct zd_blocks *blocks, const struct zd_parse__units *units,
                            size_t i, bool in_article)
{
    const struct zd_parse__unit *u = &units->p[i];
    const struct zd_parse__unit *before = i ? u - 1 : NULL, *next = u + 1;

    if (u->kind != ZD_PARSE__UNIT_ITEM || i + 1 >= units->n || !is_heading_like(blocks, u))
        return false;
    if (next->kind == ZD_PARSE__UNIT_ARTICLE)
        return u->rank == ZD_PARSE__RANK_ITEM &&
               zd_parse__last_char(unit_text(blocks, u)) != 0xFF1A;
    if (in_article)
        return false;
    if (before && before->kind == ZD_PARSE__UNIT_ITEM && before->rank == u->rank)
        return false;
    switch (next->kind) {
    case ZD_PARSE__UNIT_ITEM:
        return next->rank > u->rank;
    case ZD_PARSE__UNIT_PLAIN:
    case ZD_PARSE__UNIT_LIST:
    case ZD_PARSE__UNIT_ROW:
    case ZD_PARSE__UNIT_LABEL:
    case ZD_PARSE__UNIT_ANSWER:
        return true;
    default:
        return false;
    }
}

/* "附件：1.收费标准" over "2.办理流程": the list of annexes goes on. */
static void find_annexes(struct zd_parse__units *units)
{
    for (size_t i = 1; i < units->n; i++) {
        struct zd_parse__unit *u = &units->p[i];

        if (units->p[i - 1].kind == ZD_PARSE__UNIT_ANNEX && u->kind == ZD_PARSE__UNIT_ITEM &&
            u->value > 1 && u->n_chars <= HEADING_MAX_CHARS) {
            u->kind = ZD_PARSE__UNIT_ANNEX;
            u->field = ZD_GUIDE_NONE;
        }
    }
}

static void find_item_headings(const struct zd_blocks *blocks, struct zd_parse__units *units)
{
    bool in_article = false;

    for (size_t i = 0; i < units->n; i++) {
        struct zd_parse__unit *u = &units->p[i];

        if (item_is_heading(blocks, units, i, in_article)) {
            u->kind = ZD_PARSE__UNIT_HEADING;
            u->field = zd_parse__guide_field(unit_text(blocks, u));
        }
        if (u->kind == ZD_PARSE__UNIT_HEADING)
            u->is_question = asks(unit_text(blocks, u));
        in_article =
            u->kind == ZD_PARSE__UNIT_ARTICLE ||
            (in_article && u->kind != ZD_PARSE__UNIT_HEADING && u->kind != ZD_PARSE__UNIT_ANNEX);
    }
}

/* Two different fields named make a guide; there every "名称：…" line is a label. */
static void find_guide(struct zd_parse__units *units)
{
    uint32_t seen = 0;

    for (size_t i = 0; i < units->n; i++)
        if (units->p[i].field != ZD_GUIDE_NONE)
            seen |= 1u << units->p[i].field;
    units->is_guide = (seen & (seen - 1)) != 0 && !units->has_articles;
    for (size_t i = 0; i < units->n && units->has_articles; i++) {
        units->p[i].field = ZD_GUIDE_NONE; /* "第二章 收费" of a law is no field */
        if (units->p[i].kind == ZD_PARSE__UNIT_LABEL)
            units->p[i].kind = ZD_PARSE__UNIT_PLAIN;
    }
}

/* ---- blocks ---- */

/* Lines above the text that only say when it was adopted: "（2019年…会议通过 …）". */
static bool is_adoption(struct zd_str line)
{
    static const char *const verbs[] = {"通过", "公布", "修订", "修正", "批准", "发布", "施行"};
    uint32_t last = zd_parse__last_char(line);
    size_t at = 0;
    uint32_t first = line.n ? zd_utf8_next(line, &at) : 0;
    bool dated = (first >= '0' && first <= '9') || first == 0x4E8C || first == 0x4E00 ||
                 first == 0xFF08 || first == '(';

    if (!dated || last == 0x3002 || zd_str_find(line, ZD_STR("年"), 0) == SIZE_MAX ||
        zd_str_find(line, ZD_STR("年"), 0) > 24)
        return false;
    for (size_t i = 0; i < ZD_COUNT(verbs); i++)
        if (zd_str_find(line, zd_str_c(verbs[i]), 0) != SIZE_MAX)
            return true;
    return false;
}

static bool ends_with_any(struct zd_str line, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (zd_str_ends(line, zd_str_c(words[i])))
            return true;
    return false;
}

/* A masthead's line: an organ, a number, a day of publication, or these side by side. */
static bool is_masthead(struct zd_str line)
{
    static const char *const ends[] = {"印发",   "发布", "公布",   "号",     "日",   "文件",
                                       "政府令", "号）", "印发）", "公布）", "日）", "发布）"};
    static const char *const organs[] = {"人民政府", "局", "委员会", "办公室",
                                         "中心",     "厅", "支队"};
    size_t n = zd_parse__chars(line);
    bool dated = zd_str_find(line, ZD_STR("年"), 0) != SIZE_MAX ||
                 zd_str_find(line, ZD_STR("〔"), 0) != SIZE_MAX ||
                 zd_str_find(line, ZD_STR("令"), 0) != SIZE_MAX;

    if (n > 60 || zd_str_find(line, ZD_STR("。"), 0) != SIZE_MAX ||
        zd_str_find(line, ZD_STR("《"), 0) != SIZE_MAX)
        return false;
    if (dated && ends_with_any(line, ends, ZD_COUNT(ends)))
        return true;
    return n <= 24 && ends_with_any(line, organs, ZD_COUNT(organs)) &&
           zd_str_find(line, ZD_STR("各"), 0) != 0;
}

/* What is above the text or around it and says nothing to cite. */
static bool is_front(const struct zd_blocks *blocks, size_t i, struct zd_str line, bool begun)
{
    struct zd_str label, value;

    if (i < blocks->n_front)
        return true;
    if (begun || i > blocks->n_front + DATA_SHEET_LINES)
        return false;
    if (zd_parse__label_cut(line, &label, &value) && zd_parse__is_meta_label(label))
        return true;
    if (i <= blocks->n_front + 6 && blocks->n > i + 3 && is_masthead(line))
        return true;
    return is_adoption(line) || zd_str_eq(line, blocks->title) || zd_str_eq(line, ZD_STR("目录")) ||
           zd_str_eq(line, ZD_STR("目 录")) || zd_str_eq(line, ZD_STR("目\u3000录")) ||
           zd_str_eq(line, ZD_STR("目  录"));
}

/* The heading that is the title: the same words, or the page's h1 where one contains the other. */
static bool is_title(const struct zd_blocks *blocks, const struct zd_block *b, size_t i)
{
    struct zd_str line = zd_str_cut(blocks->text, b->start, b->end);

    if (zd_str_eq(line, blocks->title))
        return b->level == 1 || i < DATA_SHEET_LINES;
    if ((b->level != 1 && i >= 6) || blocks->title.n < 18 || line.n < 18)
        return false;
    return zd_str_find(line, blocks->title, 0) != SIZE_MAX ||
           zd_str_find(blocks->title, line, 0) != SIZE_MAX;
}

static void add_heading(struct zd_parse__units *units, const struct zd_blocks *blocks,
                        const struct zd_block *b)
{
    struct zd_parse__unit unit = zd_parse__unit_of(blocks->text, b->start, b->end, UINT64_MAX - 1);
    struct zd_str line = zd_str_cut(blocks->text, b->start, b->end);

    if (unit.kind == ZD_PARSE__UNIT_LABEL && unit.body < unit.end) {
        zd_parse__unit_add(units, unit);
        return;
    }
    if (b->level > 0)
        unit.rank = b->level;
    else if (unit.kind != ZD_PARSE__UNIT_HEADING && unit.kind != ZD_PARSE__UNIT_ITEM)
        unit.rank = ZD_PARSE__RANK_LOOK;
    unit.is_question = unit.kind == ZD_PARSE__UNIT_QUESTION || asks(line);
    unit.kind = ZD_PARSE__UNIT_HEADING;
    unit.field = zd_parse__guide_field(line);
    unit.page = b->page;
    zd_parse__unit_add(units, unit);
}

/* Where the next label of a line with several stands ("实施机关：…　　发布日期：…"), or its end. */
static uint32_t next_label(const struct zd_blocks *blocks, uint32_t start, uint32_t end)
{
    struct zd_str line = zd_str_cut(blocks->text, start, end), label, value;
    size_t at = 0;

    while (at < line.n) {
        size_t gap = at;

        if (!zd_parse__is_space(zd_utf8_next(line, &at)) || at >= line.n)
            continue;
        if (zd_str_starts(zd_str_cut(line, gap, line.n), ZD_STR(" ")) && line.p[at] != ' ')
            continue; /* one narrow blank is no gap */
        at += line.n - at - zd_parse__trim_left(zd_str_cut(line, at, line.n)).n;
        if (zd_parse__label_cut(zd_str_cut(line, at, line.n), &label, &value) && value.n &&
            (zd_parse__guide_field(label) != ZD_GUIDE_NONE || zd_parse__is_meta_label(label)))
            return start + (uint32_t)at;
    }
    return end;
}

static void add_stretch(struct zd_parse__units *units, const struct zd_blocks *blocks,
                        const struct zd_block *b, uint32_t start, uint32_t end,
                        uint64_t *last_article)
{
    struct zd_parse__unit unit;
    struct zd_str words = zd_parse__trim(zd_str_cut(blocks->text, start, end)), label, value;

    if (words.n == 0)
        return;
    start = (uint32_t)(words.p - blocks->text.p);
    end = start + (uint32_t)words.n;
    if (start > b->start && zd_parse__label_cut(words, &label, &value) &&
        zd_parse__is_meta_label(label))
        return; /* a fact in company */
    unit = zd_parse__unit_of(blocks->text, start, end, *last_article);
    unit.page = b->page;
    if (b->kind == ZD_BLOCK_LIST_ITEM && unit.kind == ZD_PARSE__UNIT_PLAIN)
        unit.kind = ZD_PARSE__UNIT_LIST;
    if (unit.kind == ZD_PARSE__UNIT_ARTICLE) {
        *last_article = unit.value;
        units->has_articles = true;
    }
    if (unit.n_chars > FLAT_MIN_CHARS)
        zd_parse__flat_cut(units, blocks->text, &unit, last_article);
    else
        zd_parse__unit_add(units, unit);
}

static void add_line(struct zd_parse__units *units, const struct zd_blocks *blocks,
                     const struct zd_block *b, uint64_t *last_article)
{
    uint32_t start = b->start, end = b->end;
    struct zd_str label, value;

    if (b->end - b->start < 1000 &&
        zd_parse__label_cut(zd_str_cut(blocks->text, start, end), &label, &value))
        while ((end = next_label(blocks, start, b->end)) < b->end) {
            add_stretch(units, blocks, b, start, end, last_article);
            start = end;
        }
    add_stretch(units, blocks, b, start, b->end, last_article);
}

static void add_row(struct zd_parse__units *units, const struct zd_blocks *blocks,
                    const struct zd_block *b)
{
    struct zd_parse__unit unit = {.kind = ZD_PARSE__UNIT_ROW,
                                  .start = b->start,
                                  .end = b->end,
                                  .body = b->start,
                                  .page = b->page,
                                  .row = b};

    unit.n_chars = (uint32_t)zd_parse__chars(zd_str_cut(blocks->text, b->start, b->end));
    for (uint32_t i = 0; i + 1 < b->n_cells && b->n_cells % 2 == 0; i += 2)
        if (unit.field == ZD_GUIDE_NONE)
            unit.field = zd_parse__guide_field(b->cells[i].text);
    zd_parse__unit_add(units, unit);
}

enum zd_status zd_parse__units_of(const struct zd_blocks *blocks, struct zd_parse__units *units,
                                  struct zd_error *err)
{
    uint64_t last_article = 0;
    bool begun = false, titled = false;

    for (size_t i = 0; i < blocks->n; i++) {
        const struct zd_block *b = &blocks->p[i];
        struct zd_str line = zd_str_cut(blocks->text, b->start, b->end);

        if (b->kind == ZD_BLOCK_HEADING && !titled && is_title(blocks, b, i)) {
            titled = b->level == 1;
            continue;
        }
        if (b->kind != ZD_BLOCK_TABLE_ROW && is_front(blocks, i, line, begun))
            continue;
        if (b->kind == ZD_BLOCK_HEADING) {
            add_heading(units, blocks, b);
        } else if (b->kind == ZD_BLOCK_TABLE_ROW) {
            add_row(units, blocks, b);
        } else {
            begun = begun || zd_parse__ends_sentence(line);
            add_line(units, blocks, b, &last_article);
        }
    }
    if (units->too_many)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the document has more than %u parts; split it",
                       ZD_DOCUMENT_MAX_BLOCKS * 2);
    if (units->no_memory)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the document's parts");
    for (size_t i = 0; i < units->n; i++)
        units->has_articles = units->has_articles || units->p[i].kind == ZD_PARSE__UNIT_ARTICLE;
    find_annexes(units);
    find_item_headings(blocks, units);
    find_guide(units);
    return ZD_OK;
}
