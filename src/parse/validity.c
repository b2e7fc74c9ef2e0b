/* validity.c: what a text says about its own life, see zd_facts in parse.h and facts_private.h.
 *
 * The order matters: the title decides what is a draft; number and issuer are needed to complete
 * what the text says about others; the day of issue is the measure for the day of effect.
 */
#include <string.h>

#include "base/utf8.h"
#include "parse/facts_private.h"
#include "text/text.h"

#define HEAD_MAX_LINES 40
#define LABEL_LINES 25
#define LINE_MAX_BYTES ((size_t)256 * 1024)

struct zd_str zd_parse__case_line(const struct zd_parse__case *c, size_t i)
{
    return zd_str_cut(c->blocks->text, c->blocks->p[i].start, c->blocks->p[i].end);
}

struct zd_str zd_parse__keep(struct zd_parse__case *c, struct zd_str s)
{
    struct zd_str copy = zd_arena_str(c->arena, s);

    if (copy.p)
        return copy;
    c->no_memory = true;
    return ZD_STR("");
}

struct zd_str zd_parse__case_tail(struct zd_str line)
{
    size_t from = line.n > LINE_MAX_BYTES ? zd_utf8_floor(line, line.n - LINE_MAX_BYTES) : 0;

    return zd_str_cut(line, from, line.n);
}

bool zd_parse__has(struct zd_str s, const char *word)
{
    return zd_str_find(s, zd_str_c(word), 0) != SIZE_MAX;
}

size_t zd_parse__find_any(struct zd_str s, const char *const *words, size_t n, size_t from,
                          size_t *ret_n)
{
    size_t best = SIZE_MAX;

    *ret_n = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = zd_str_find(s, zd_str_c(words[i]), from);

        if (at < best) {
            best = at;
            *ret_n = strlen(words[i]);
        }
    }
    return best;
}

bool zd_parse__day_find(struct zd_str s, size_t from, int32_t *ret_date, size_t *ret_start,
                        size_t *ret_end)
{
    bool after_digit = false;

    for (size_t at = from; at < s.n;) {
        size_t here = at, used;
        uint32_t c = zd_utf8_next(s, &at);
        bool digit = (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19);
        int32_t date;
        int precision;

        if (!after_digit && (digit || c == 0x4E8C || c == 0x4E00) &&
            zd_date_read(zd_str_cut(s, here, s.n), &date, &precision, &used) && precision == 3) {
            *ret_date = date;
            *ret_start = here;
            *ret_end = here + used;
            return true;
        }
        after_digit = digit;
    }
    return false;
}

/* ---- the normal form ---- */

static bool is_open(uint32_t c)
{
    return c == 0x3014 || c == '[' || c == 0x3010 || c == '(' || c == 0xFF08 || c == 0xFF3B;
}

static bool is_close(uint32_t c)
{
    return c == 0x3015 || c == ']' || c == 0x3011 || c == ')' || c == 0xFF09 || c == 0xFF3D;
}

/* A bracketed year before a number, "(2016)19号", at `at` of text without blanks: bytes, or 0. */
static size_t year_bracket(struct zd_str s, size_t at)
{
    size_t i = at, digits;

    if (!is_open(zd_utf8_next(s, &i)))
        return 0;
    digits = i;
    while (i < s.n && i - digits < 4 && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    if (i - digits != 4 || i >= s.n || !is_close(zd_utf8_next(s, &i)) || i >= s.n)
        return 0;
    if (zd_str_starts(zd_str_cut(s, i, s.n), ZD_STR("第")))
        return i - at;
    return s.p[i] >= '0' && s.p[i] <= '9' ? i - at : 0;
}

struct zd_str zd_parse__normal(struct zd_parse__case *c, struct zd_str s)
{
    struct zd_buf plain = {.max = s.n + 16}, out = {.max = s.n * 2 + 16};
    struct zd_str text, kept;

    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t ch = zd_utf8_next(s, &at);

        if (zd_parse__is_space(ch))
            continue;
        if ((ch >= 0xFF10 && ch <= 0xFF19) || (ch >= 0xFF21 && ch <= 0xFF5A))
            zd_buf_byte(&plain, (uint8_t)(ch - 0xFEE0));
        else
            zd_buf_str(&plain, zd_str_cut(s, from, at));
    }
    text = zd_buf_view(&plain);
    for (size_t at = 0; at < text.n;) {
        size_t from = at, n = year_bracket(text, at);

        if (n) {
            size_t digits = from;

            (void)zd_utf8_next(text, &digits);
            zd_buf_c(&out, "〔");
            zd_buf_str(&out, zd_str_cut(text, digits, digits + 4));
            zd_buf_c(&out, "〕");
            at = from + n;
        } else {
            (void)zd_utf8_next(text, &at);
            zd_buf_str(&out, zd_str_cut(text, from, at));
        }
    }
    c->no_memory = c->no_memory || plain.bad || out.bad;
    kept = zd_parse__keep(c, zd_buf_view(&out));
    zd_buf_done(&plain);
    zd_buf_done(&out);
    return kept;
}

/* ---- the head ---- */

bool zd_parse__is_adoption(struct zd_str line)
{
    static const char *const verbs[] = {"通过", "公布", "修订", "修正",
                                        "批准", "发布", "施行", "《关于修改"};
    struct zd_parse__mark mark;
    size_t at = 0, n, start, end;
    int32_t date;

    line = zd_parse__trim(line);
    if (zd_str_starts(line, ZD_STR("（")))
        at = 3;
    else if (zd_str_starts(line, ZD_STR("(")))
        at = 1;
    if (zd_parse__last_char(line) == 0x3002 || zd_parse__mark_read(line, &mark) ||
        !zd_parse__day_find(line, at, &date, &start, &end) || start > at + 60)
        return false;
    if (at == 0 && start > 0 && !zd_str_starts(line, ZD_STR("根据")))
        return false;
    return zd_parse__find_any(line, verbs, ZD_COUNT(verbs), end, &n) != SIZE_MAX;
}

/* Lines above the first article or the first sentence that is no note. */
static size_t count_head(const struct zd_blocks *blocks)
{
    size_t n = blocks->n_front;

    for (; n < blocks->n && n < blocks->n_front + HEAD_MAX_LINES; n++) {
        struct zd_str line = zd_str_cut(blocks->text, blocks->p[n].start, blocks->p[n].end);
        struct zd_parse__mark mark;

        if (zd_parse__mark_read(line, &mark))
            break;
        if (zd_parse__last_char(line) == 0x3002 && !zd_parse__is_adoption(line))
            break;
    }
    return n;
}

static bool is_label(struct zd_str label, const char *const *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (zd_str_eq(label, zd_str_c(labels[i])))
            return true;
    return false;
}

static bool starts_with_space(struct zd_str s)
{
    size_t at = 0;

    return s.n > 0 && zd_parse__is_space(zd_utf8_next(s, &at));
}

/* Also several on a line, apart by blanks: "来源：… 发布时间：…". */
static struct zd_str label_in_line(struct zd_parse__case *c, struct zd_str line,
                                   const char *const *labels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct zd_str word = zd_str_c(labels[i]), value;
        size_t at = zd_str_find(line, word, 0), end;

        if (at == SIZE_MAX ||
            (at > 0 && !zd_parse__is_space(zd_parse__last_char(zd_str_cut(line, 0, at))) &&
             zd_parse__last_char(zd_str_cut(line, 0, at)) != 0x3010 &&
             zd_parse__last_char(zd_str_cut(line, 0, at)) != '\t'))
            continue;
        value = zd_parse__trim(zd_str_cut(line, at + word.n, line.n));
        if (zd_str_starts(value, ZD_STR("】")))
            value = zd_parse__trim(zd_str_cut(value, 3, value.n));
        if (zd_str_starts(value, ZD_STR("：")))
            value = zd_str_cut(value, 3, value.n);
        else if (zd_str_starts(value, ZD_STR(":")))
            value = zd_str_cut(value, 1, value.n);
        else if (at + word.n < line.n && line.p[at + word.n] != '\t' &&
                 !starts_with_space(zd_str_cut(line, at + word.n, line.n)))
            continue;
        value = zd_parse__trim(value);
        for (end = 0; end < value.n;) {
            size_t here = end;

            if (value.p[end] == '\t' ||
                zd_str_starts(zd_str_cut(value, end, value.n), ZD_STR("\u3000")) ||
                zd_str_starts(zd_str_cut(value, end, value.n), ZD_STR("  "))) {
                value = zd_str_cut(value, 0, here);
                break;
            }
            (void)zd_utf8_next(value, &end);
        }
        return zd_parse__keep(c, value);
    }
    return ZD_STR("");
}

struct zd_str zd_parse__case_label(struct zd_parse__case *c, const char *const *labels, size_t n)
{
    size_t last = c->blocks->n_front + LABEL_LINES;

    for (size_t i = 0; i < c->blocks->n && i < last; i++) {
        struct zd_str line = zd_parse__case_line(c, i), value;

        if (zd_parse__chars(line) > 200 || c->blocks->p[i].kind == ZD_BLOCK_TABLE_ROW)
            continue;
        value = label_in_line(c, line, labels, n);
        if (value.n)
            return value;
    }
    for (size_t i = 0; i < c->blocks->n; i++) { /* a data sheet may be a long table */
        const struct zd_block *b = &c->blocks->p[i];

        if (b->n_cells != 2 && (b->n_cells == 0 || !b->cells[0].is_header))
            continue;
        for (uint32_t k = 0; k + 1 < b->n_cells; k += 2)
            if (is_label(b->cells[k].text, labels, n) && !b->cells[k + 1].is_header)
                return b->cells[k + 1].text;
    }
    return ZD_STR("");
}

/* ---- title and region ---- */

/* The rule's own title under an order: "《云岫市…办法》已经…通过，现予公布". */
static struct zd_str title_under_order(struct zd_parse__case *c)
{
    for (size_t i = 0; i < c->blocks->n && i < 12; i++) {
        struct zd_str line = zd_parse__case_line(c, i);
        size_t end = zd_str_find(line, ZD_STR("》"), 0);

        if (zd_str_starts(line, ZD_STR("《")) && end != SIZE_MAX &&
            (zd_parse__has(line, "公布") || zd_parse__has(line, "发布")))
            return zd_parse__keep(c, zd_str_cut(line, 3, end));
    }
    return ZD_STR("");
}

/* A heading that is no title: an order's, a red heading, an announcement's. */
static bool is_masthead(struct zd_parse__case *c, struct zd_str title)
{
    struct zd_str normal = zd_parse__normal(c, title);

    if (zd_parse__has(normal, "关于"))
        return false;
    return zd_str_ends(normal, ZD_STR("政府令")) || zd_str_ends(normal, ZD_STR("国务院令")) ||
           zd_str_ends(normal, ZD_STR("文件")) || zd_str_ends(normal, ZD_STR("海关公告")) ||
           zd_str_ends(normal, ZD_STR("局公告")) || zd_str_ends(normal, ZD_STR("局令")) ||
           zd_str_ends(normal, ZD_STR("部令")) || zd_str_ends(normal, ZD_STR("政府公告")) ||
           zd_str_ends(normal, ZD_STR("政府通告")) || zd_str_ends(normal, ZD_STR("公报"));
}

/* The first line below a masthead that names the matter. */
static struct zd_str title_below(struct zd_parse__case *c)
{
    static const char *const ends[] = {"通知", "公告", "通告", "决定", "意见", "办法",
                                       "规定", "细则", "条例", "通报", "批复", "函"};

    for (size_t i = 1; i < c->blocks->n && i < 12; i++) {
        struct zd_str line = zd_parse__case_line(c, i);

        for (size_t k = 0; k < ZD_COUNT(ends); k++)
            if (zd_str_ends(line, zd_str_c(ends[k])) && zd_parse__chars(line) <= 100)
                return zd_parse__keep(c, line);
    }
    return ZD_STR("");
}

/* The first line, where it could be a title: short, no sentence, no label. */
static struct zd_str first_line_title(struct zd_parse__case *c)
{
    struct zd_str line = c->blocks->n ? zd_parse__case_line(c, 0) : ZD_STR(""), label, value;
    struct zd_parse__mark mark;
    size_t n = zd_parse__chars(line);

    if (n < 4 || n > 80 || zd_parse__ends_sentence(line) || zd_parse__mark_read(line, &mark) ||
        zd_parse__label_cut(line, &label, &value))
        return ZD_STR("");
    return line;
}

static void find_title(struct zd_parse__case *c)
{
    struct zd_str title = c->blocks->title, better = ZD_STR("");

    if (title.n == 0)
        title = c->meta->title;
    if (title.n == 0)
        title = first_line_title(c);
    if (title.n && is_masthead(c, title)) {
        better = title_under_order(c);
        if (better.n == 0)
            better = title_below(c);
    }
    if (better.n)
        title = better;
    if (title.n == 0)
        title = zd_parse__file_stem(c->name);
    if (title.n > 1000)
        title = zd_str_cut(title, 0, zd_utf8_floor(title, 1000));
    c->facts.title = zd_parse__squeeze(title, c->arena);
    if (!c->facts.title.p) {
        c->no_memory = true;
        c->facts.title = ZD_STR("");
    }
    c->is_draft = zd_parse__has(title, "征求意见稿") || zd_parse__has(title, "（草案") ||
                  zd_parse__has(title, "送审稿") || zd_parse__has(title, "(草案");
}

/* "云岫市", "江省", "东屏区": how a name begins, where that is a place. */
static struct zd_str region_of(struct zd_str name)
{
    static const char *const never[] = {"各",   "全",     "本",   "中华", "最高", "国家",
                                        "全国", "超大城", "设区", "小区", "社区", "地区",
                                        "园区", "我",     "该",   "农村", "城"};
    size_t at = 0, best = 0;

    for (size_t i = 0; i < ZD_COUNT(never); i++)
        if (zd_str_starts(name, zd_str_c(never[i])))
            return ZD_STR("");
    for (size_t n = 0; n < 10 && at < name.n; n++) {
        uint32_t ch = zd_utf8_next(name, &at);

        if (!zd_is_han(ch))
            break;
        if (n >= 1 && (ch == 0x5E02 || ch == 0x7701 || ch == 0x53BF || ch == 0x533A ||
                       ch == 0x5DDE || ch == 0x76DF)) {
            struct zd_str rest = zd_str_cut(name, at, name.n);

            if (ch == 0x5E02 && zd_str_starts(rest, ZD_STR("场")))
                break;
            if (ch == 0x533A && zd_str_ends(zd_str_cut(name, 0, at), ZD_STR("自治区"))) {
                best = at;
                continue;
            }
            best = at;
            if (ch == 0x53BF || ch == 0x533A)
                break;
        }
    }
    return zd_str_cut(name, 0, best);
}

static void find_region(struct zd_parse__case *c)
{
    static const char *const labels[] = {"region", "适用地区", "适用区域"};
    struct zd_str found = zd_parse__case_label(c, labels, ZD_COUNT(labels));

    if (found.n == 0)
        found = region_of(c->facts.issuer);
    if (found.n == 0 && c->facts.issuer.n == 0)
        found = region_of(c->facts.title);
    c->facts.region = found;
}

static bool is_repeal(struct zd_str title)
{
    return (zd_parse__has(title, "关于废止") || zd_parse__has(title, "和废止") ||
            zd_parse__has(title, "宣布失效") || zd_parse__has(title, "关于公布废止")) &&
           !zd_parse__has(title, "》第");
}

enum zd_status zd_parse__validity(const struct zd_blocks *blocks, const struct zd_parse__meta *meta,
                                  struct zd_str name, struct zd_arena *arena,
                                  struct zd_facts *ret_facts, struct zd_error *err)
{
    struct zd_parse__case c = {.blocks = blocks, .meta = meta, .name = name, .arena = arena};

    c.n_head = count_head(blocks);
    find_title(&c);
    zd_parse__find_number(&c);
    zd_parse__find_issuer(&c);
    find_region(&c);
    zd_parse__find_issued(&c);
    zd_parse__find_effect(&c);
    zd_parse__find_supersedes(&c);
    c.facts.repeals_only = c.facts.n_supersedes > 0 && is_repeal(c.facts.title);
    if (c.no_memory)
        return zd_parse__no_memory(arena, "the facts of the document", err);
    *ret_facts = c.facts;
    return ZD_OK;
}
