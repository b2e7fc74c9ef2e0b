/* plain.c: plain text, a line a paragraph.
 *
 * Text that was wrapped at a fixed width (old notices, mail) is unwrapped first: where many lines
 * have the same length within two characters and do not end a sentence, a full line goes on with
 * the next, unless that one is indented or carries a mark. The title is the first line that looks
 * like one: short, no sentence, no label; an issuer standing alone above "关于…" belongs to it.
 * A text that is one long line gives its first words up to a blank as the title.
 * What the lines are beyond that is decided by structure.c.
 */
#include "base/caps.h"
#include "base/utf8.h"
#include "parse/office_private.h"

#define WIDTH_MIN 25
#define WIDTH_MAX 60
#define TITLE_MAX_CHARS 80
#define TITLE_MIN_CHARS 4
#define FLAT_CHARS 120
#define TITLE_LINES 12

struct reader {
    struct zd_parse__maker *m;
    struct zd_str text;
    size_t width;          /* full lines have this many characters; 0: not wrapped */
    struct zd_buf pending; /* an unwrapped line that may go on */
    bool titled;
    size_t n_lines;
    size_t skip_to; /* lines before this byte went into the title */
};

static bool is_wide(uint32_t c)
{
    return c >= 0x1100;
}

/* In characters of Han width, rounded up; indents count. */
static size_t line_width(struct zd_str line)
{
    size_t at = 0, half = 0;

    while (at < line.n)
        half += is_wide(zd_utf8_next(line, &at)) ? 2 : 1;
    return (half + 1) / 2;
}

/* Lines of three neighbouring widths, the widest of them w. */
static size_t near(const size_t *counts, size_t w)
{
    return counts[w] + counts[w - 1] + counts[w - 2];
}

/* The commonest length of lines, where it dominates the text and most of those lines break off. */
static size_t find_width(struct zd_str text)
{
    size_t counts[WIDTH_MAX + 1] = {0}, broken[WIDTH_MAX + 1] = {0};
    size_t at = 0, n = 0, longer = 0, best = WIDTH_MIN;
    struct zd_str line;

    while (zd_parse__line_next(text, &at, &line)) {
        size_t width = line_width(line);

        if (zd_parse__trim(line).n == 0)
            continue;
        n++;
        longer += width > WIDTH_MAX;
        if (width < WIDTH_MIN || width > WIDTH_MAX)
            continue;
        counts[width]++;
        broken[width] += !zd_parse__ends_sentence(zd_parse__trim(line));
    }
    for (size_t w = WIDTH_MIN; w <= WIDTH_MAX; w++)
        if (near(counts, w) >= near(counts, best))
            best = w;
    if (n < 8 || longer * 20 > n || near(counts, best) * 20 < n * 7 ||
        near(broken, best) * 2 < near(counts, best))
        return 0;
    return best;
}

static void flush(struct reader *r)
{
    zd_parse__maker_add(r->m, ZD_BLOCK_PARAGRAPH, 0, zd_buf_view(&r->pending));
    zd_parse__maker_clear(r->m, &r->pending);
}

static bool starts_anew(struct zd_str raw, struct zd_str line)
{
    struct zd_parse__mark mark;

    return zd_str_starts(raw, ZD_STR("\u3000")) || zd_str_starts(raw, ZD_STR("  ")) ||
           zd_str_starts(raw, ZD_STR("\t")) || zd_parse__mark_read(line, &mark);
}

/* ---- the title ---- */

static bool looks_like_title(struct zd_str line)
{
    struct zd_str label, value;
    size_t n = zd_parse__chars(line);
    uint32_t last = zd_parse__last_char(line);
    struct zd_parse__mark mark;

    if (n < TITLE_MIN_CHARS || n > TITLE_MAX_CHARS || last == 0xFF1A || last == ':' ||
        last == 0x3002 || last == 0xFF1B || last == 0xFF0C)
        return false;
    if (zd_parse__label_cut(line, &label, &value) &&
        (zd_parse__is_meta_label(label) || zd_parse__guide_field(label) != ZD_GUIDE_NONE))
        return false;
    return !zd_parse__mark_read(line, &mark);
}

static bool is_issuer(struct zd_str line)
{
    static const char *const ends[] = {"人民政府", "委员会", "办公室", "办公厅", "局",   "厅", "部",
                                       "大会",     "法院",   "检察院", "中心",   "银行", "处", "所",
                                       "站",       "队",     "署",     "公司",   "海关"};

    if (zd_parse__chars(line) > 30)
        return false;
    for (size_t i = 0; i < ZD_COUNT(ends); i++)
        if (zd_str_ends(line, zd_str_c(ends[i])))
            return true;
    return false;
}

/* The title at the start of one long line: its first words up to a blank. */
static size_t flat_title(struct zd_str line)
{
    size_t at = 0, n = 0;

    while (at < line.n && n <= TITLE_MAX_CHARS) {
        size_t here = at;
        uint32_t c = zd_utf8_next(line, &at);

        if (zd_parse__is_space(c)) {
            struct zd_str words = zd_str_cut(line, 0, here);

            return n >= 8 && looks_like_title(words) ? here : 0;
        }
        if (c == 0x3002 || c == 0xFF1B || c == '\t')
            return 0;
        n++;
    }
    return 0;
}

/* "云 岫 市 政 务 服 务 管 理 局", "通　　　　知": letters spread over a line, drawn together. */
static struct zd_str drawn_together(struct reader *r, struct zd_str line)
{
    size_t at = 0, n_chars = 0, n_gaps = 0, n = 0;
    bool gap = false;
    char *out;

    while (at < line.n) {
        bool space = zd_parse__is_space(zd_utf8_next(line, &at));

        n_gaps += space && !gap;
        n_chars += !space;
        gap = space;
    }
    if (n_gaps == 0 || n_gaps * 2 < n_chars - 1 || n_chars > TITLE_MAX_CHARS)
        return line;
    out = zd_arena_alloc(r->m->arena, line.n + 1);
    if (!out)
        return line;
    for (at = 0; at < line.n;) {
        size_t from = at;

        if (!zd_parse__is_space(zd_utf8_next(line, &at)))
            for (; from < at; from++)
                out[n++] = line.p[from];
    }
    return (struct zd_str){out, n};
}

static void set_title(struct reader *r, struct zd_str line)
{
    r->m->title = zd_arena_str(r->m->arena, line);
    zd_parse__maker_add(r->m, ZD_BLOCK_HEADING, 1, line);
    r->titled = true;
}

/* A title over several lines: goes on while it ends in 的 or 关于…, to the word that closes it. */
static struct zd_str whole_title(struct reader *r, struct zd_str title, size_t *next_at)
{
    static const char *const closing[] = {"通知", "公告", "通告", "决定", "意见", "办法", "函"};
    struct zd_str next, both;
    size_t at = *next_at;

    if (!zd_str_starts(title, ZD_STR("关于")))
        return title;
    for (size_t i = 0; i < ZD_COUNT(closing); i++)
        if (zd_str_ends(title, zd_str_c(closing[i])))
            return title;
    if (!zd_parse__line_next(r->text, &at, &next))
        return title;
    next = drawn_together(r, zd_parse__trim(next));
    for (size_t i = 0; i < ZD_COUNT(closing); i++)
        if (zd_str_ends(next, zd_str_c(closing[i])) && zd_parse__chars(next) <= 40) {
            both = zd_arena_printf(r->m->arena, "%.*s%.*s", (int)title.n, title.p, (int)next.n,
                                   next.p);
            *next_at = at;
            return both.p ? both : title;
        }
    return title;
}

/* True where the line was the title, or began with it (then *line is the rest). */
static bool take_title(struct reader *r, struct zd_str *line, size_t next_at)
{
    struct zd_str next = ZD_STR("");
    size_t n;

    if (r->titled || ++r->n_lines > TITLE_LINES)
        return false;
    if (zd_parse__chars(*line) > FLAT_CHARS) {
        n = flat_title(*line);
        r->titled = true;
        if (n == 0)
            return false;
        set_title(r, zd_str_cut(*line, 0, n));
        *line = zd_parse__trim(zd_str_cut(*line, n, line->n));
        return false;
    }
    *line = drawn_together(r, *line);
    if (!looks_like_title(*line))
        return false;
    if (is_issuer(*line)) {
        while (zd_parse__line_next(r->text, &next_at, &next) && zd_parse__trim(next).n == 0)
            ;
        next = drawn_together(r, zd_parse__trim(next));
        if (zd_str_starts(next, ZD_STR("关于")) && zd_parse__chars(next) <= TITLE_MAX_CHARS) {
            set_title(r, whole_title(r, next, &next_at));
            r->m->meta.issuer = zd_arena_str(r->m->arena, *line);
            zd_parse__maker_add(r->m, ZD_BLOCK_PARAGRAPH, 0, *line);
            r->skip_to = next_at;
            return true;
        }
    }
    set_title(r, whole_title(r, *line, &next_at));
    r->skip_to = next_at;
    return true;
}

/* ---- lines ---- */

static void read_line(struct reader *r, struct zd_str raw, size_t next_at)
{
    struct zd_str line = zd_parse__trim(raw);

    if (next_at <= r->skip_to && r->titled)
        return;
    if (line.n == 0 || (r->pending.n && starts_anew(raw, line)))
        flush(r);
    if (line.n == 0)
        return;
    if (r->pending.n == 0 && take_title(r, &line, next_at))
        return;
    if (r->titled && zd_str_eq(line, r->m->title) && r->m->n <= 3)
        return; /* the title's own line behind its issuer */
    zd_buf_str(&r->pending, line);
    if (r->width == 0 || line_width(raw) + 2 < r->width || zd_parse__ends_sentence(line))
        flush(r);
}

enum zd_status zd_parse__plain(struct zd_str text, struct zd_parse__maker *m, struct zd_error *err)
{
    struct reader r = {.m = m, .text = text, .pending = {.max = ZD_TEXT_MAX_BYTES}};
    struct zd_str line;
    enum zd_status st;
    size_t at = 0;

    r.width = find_width(text);
    while (zd_parse__line_next(text, &at, &line))
        read_line(&r, line, at);
    flush(&r);
    st = zd_buf_check(&r.pending, "a paragraph of the document", err);
    zd_buf_done(&r.pending);
    return st;
}

void zd_parse__title_of_blocks(struct zd_parse__maker *m)
{
    size_t n = m->n < TITLE_LINES ? m->n : TITLE_LINES;
    struct zd_str text = zd_buf_view(&m->text), line, next;

    if (m->title.n > 0 || m->text.bad)
        return;
    for (size_t i = 0; i < n; i++) {
        struct zd_block *b = &m->blocks[i];

        line = zd_str_cut(text, b->start, b->end);
        if (b->kind == ZD_BLOCK_TABLE_ROW || zd_parse__chars(line) > TITLE_MAX_CHARS)
            continue;
        if (b->kind != ZD_BLOCK_HEADING && !looks_like_title(line))
            continue;
        if (b->kind != ZD_BLOCK_HEADING && is_issuer(line) && i + 1 < m->n) {
            next = zd_str_cut(text, m->blocks[i + 1].start, m->blocks[i + 1].end);
            if (zd_str_starts(next, ZD_STR("关于")))
                continue; /* the issuer above its title */
        }
        b->kind = ZD_BLOCK_HEADING;
        b->level = 1;
        m->title = zd_arena_str(m->arena, line);
        return;
    }
}
