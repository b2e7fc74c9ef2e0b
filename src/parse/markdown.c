/* markdown.c: Markdown as offices and collections of laws write it, reduced to its text.
 *
 * A line at a time, no tree: in official texts a line is a paragraph, four blanks are an indent
 * and not code, and a "1." at the start of a line is part of the text that will be cited.
 * Headings (# and underlined), lists, tables with |, quotes, fences, rules and comments are
 * understood; emphasis, links, images and inline tags are reduced to their words; escapes and
 * entities are undone. A comment `INFO END` (collections of laws write it) ends the front matter,
 * as does the second --- of a YAML head.
 *
 * Rejected: CommonMark through a library. Its indented code, lazy continuation and renumbered
 * lists all change words that must be cited as they stand.
 */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/html_private.h"
#include "parse/parse_private.h"

/* how far a mark's partner is looked for: what is longer is no link, tag or emphasis */
#define LINK_WORDS_MAX_BYTES 1000
#define LINK_ADDRESS_MAX_BYTES 2048
#define TAG_MAX_BYTES 2048
#define EMPHASIS_MAX_BYTES 4096

struct reader {
    struct zd_parse__maker *m;
    struct zd_str text;
    size_t at;          /* of the next line */
    struct zd_buf line; /* the reduced words of the line being read */
    bool in_comment, in_fence, in_front;
    enum zd_status table_status; /* of the last HTML table */
    struct zd_error table_error;
};

/* ---- inline ---- */

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

static bool is_punct_byte(char c)
{
    return c != 0 && strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c) != NULL;
}

/* The length of the emphasis run at `at` if it opens or closes something, else 0: ** and ~~
 * whenever their partner stands on the line, * only around words, _ only outside words. */
static size_t emphasis_at(struct zd_str s, size_t at)
{
    char c = s.p[at];
    size_t n = 1;
    char before = ' ', after = ' ';

    if (c != '*' && c != '_' && c != '~')
        return 0;
    while (at + n < s.n && s.p[at + n] == c && n < 3)
        n++;
    if (at > 0)
        before = s.p[at - 1];
    if (at + n < s.n)
        after = s.p[at + n];
    if (c == '~')
        return n == 2 ? 2 : 0;
    if (before == ' ' && after == ' ')
        return 0;
    if (c == '_')
        return is_word_byte(before) && is_word_byte(after) ? 0 : n;
    if (n >= 2)
        return n;
    return (before >= '0' && before <= '9') || (after >= '0' && after <= '9') ? 0 : 1;
}

/* True where another run of the same mark stands elsewhere on the line. */
static bool emphasis_has_partner(struct zd_str s, size_t at, size_t n)
{
    struct zd_str mark = zd_str_cut(s, at, at + n);
    size_t from = at > EMPHASIS_MAX_BYTES ? at - EMPHASIS_MAX_BYTES : 0;

    if (zd_str_find(zd_str_cut(s, 0, at + EMPHASIS_MAX_BYTES), mark, at + n) != SIZE_MAX)
        return true;
    return at >= n && zd_str_find(zd_str_cut(s, 0, at), mark, from) != SIZE_MAX;
}

/* [words](address) and ![words](address): the byte behind, with the words' span, or 0. `close` is
 * where the next "](" stands. */
static size_t link_at(struct zd_str s, size_t at, size_t close, size_t *ret_from, size_t *ret_to)
{
    size_t open = at + (s.p[at] == '!'), depth = 0;

    if (open >= s.n || s.p[open] != '[' || close == SIZE_MAX || close < open ||
        close - open > LINK_WORDS_MAX_BYTES)
        return 0;
    for (size_t i = close + 1; i < s.n && i - close < LINK_ADDRESS_MAX_BYTES; i++) {
        depth += s.p[i] == '(';
        if (s.p[i] == ')' && --depth == 0) { /* an address may hold brackets of its own */
            *ret_from = open + 1;
            *ret_to = close;
            return i + 1;
        }
    }
    return 0;
}

/* An inline tag or autolink at '<': the byte behind it, or 0 where the sign means itself. */
static size_t tag_at(struct zd_str s, size_t at)
{
    size_t i = at + 1, end;

    if (i < s.n && s.p[i] == '/')
        i++;
    if (i >= s.n || !((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z')))
        return 0;
    end = zd_str_find(zd_str_cut(s, 0, at + TAG_MAX_BYTES), ZD_STR(">"), i);
    return end == SIZE_MAX ? 0 : end + 1;
}

static void add_tag(struct reader *r, struct zd_str tag)
{
    if (zd_str_starts(tag, ZD_STR("<http")) || zd_str_starts(tag, ZD_STR("<mailto:")))
        zd_buf_str(&r->line, zd_str_cut(tag, 1, tag.n - 1));
    else if (zd_str_starts(tag, ZD_STR("<br")) || zd_str_starts(tag, ZD_STR("<BR")))
        zd_buf_byte(&r->line, '\n');
}

/* Reduces s to its words, appended to r->line. The brackets of links are taken off as they come,
 * so nested marks need no recursion. */
static void reduce(struct reader *r, struct zd_str s)
{
    size_t link_end = 0, link_close = SIZE_MAX, from, to, n;
    size_t next_close = zd_str_find(s, ZD_STR("]("), 0);

    for (size_t at = 0; at < s.n;) {
        char c = s.p[at];

        if (next_close != SIZE_MAX && next_close < at + 1)
            next_close = zd_str_find(s, ZD_STR("]("), at + 1);

        if (at == link_close) {
            at = link_end;
            link_close = SIZE_MAX;
        } else if (c == '\\' && at + 1 < s.n && is_punct_byte(s.p[at + 1])) {
            zd_buf_byte(&r->line, (uint8_t)s.p[at + 1]);
            at += 2;
        } else if (c == '`') {
            at++;
        } else if ((n = emphasis_at(s, at)) > 0 && emphasis_has_partner(s, at, n)) {
            at += n;
        } else if ((c == '[' || c == '!') && link_close == SIZE_MAX &&
                   (n = link_at(s, at, next_close, &from, &to)) > 0) {
            link_end = n;
            link_close = to;
            at = from;
        } else if (c == '<' && (n = tag_at(s, at)) > 0) {
            add_tag(r, zd_str_cut(s, at, n));
            at = n;
        } else if (c == '&') {
            at += zd_parse__entity(zd_str_cut(s, at, s.n), &r->line);
        } else {
            zd_buf_byte(&r->line, (uint8_t)c);
            at++;
        }
    }
}

static struct zd_str reduced(struct reader *r, struct zd_str s)
{
    zd_parse__maker_clear(r->m, &r->line);
    reduce(r, s);
    return zd_buf_view(&r->line);
}

/* ---- lines ---- */

/* Drops comments from one line, which may open or close a longer one; what is left is copied to
 * the arena only when something was dropped. */
static struct zd_str without_comments(struct reader *r, struct zd_str line)
{
    struct zd_buf kept = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_str copy;
    size_t at = 0;

    if (!r->in_comment && zd_str_find(line, ZD_STR("<!--"), 0) == SIZE_MAX)
        return line;
    while (at < line.n) {
        size_t mark = zd_str_find(line, r->in_comment ? ZD_STR("-->") : ZD_STR("<!--"), at);
        size_t to = mark == SIZE_MAX ? line.n : mark;

        if (!r->in_comment) {
            zd_buf_str(&kept, zd_str_cut(line, at, to));
        } else if (zd_str_find(zd_str_cut(line, at, to), ZD_STR("INFO END"), 0) != SIZE_MAX) {
            r->m->n_front = (uint32_t)r->m->n;
        }
        if (mark == SIZE_MAX)
            break;
        at = mark + (r->in_comment ? 3 : 4);
        r->in_comment = !r->in_comment;
    }
    copy = zd_arena_str(r->m->arena, zd_buf_view(&kept));
    r->m->no_memory = r->m->no_memory || kept.bad || !copy.p;
    zd_buf_done(&kept);
    return copy;
}

static size_t count_run(struct zd_str s, char c)
{
    size_t n = 0;

    while (n < s.n && s.p[n] == c)
        n++;
    return n;
}

/* Only c and blanks, at least three of c. */
static bool is_rule(struct zd_str line, char c)
{
    size_t n = 0;

    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == c)
            n++;
        else if (line.p[i] != ' ')
            return false;
    }
    return n >= 3;
}

static bool is_table_rule(struct zd_str line)
{
    bool dash = false;

    for (size_t i = 0; i < line.n; i++) {
        dash = dash || line.p[i] == '-';
        if (!strchr("|-: \t", line.p[i]))
            return false;
    }
    return dash && memchr(line.p, '|', line.n) != NULL;
}

/* Whole line in bold and short: a heading that only looks so. */
static bool is_bold_heading(struct zd_str line)
{
    struct zd_str inner;

    if (line.n < 6 || !zd_str_starts(line, ZD_STR("**")) || !zd_str_ends(line, ZD_STR("**")))
        return false;
    inner = zd_str_cut(line, 2, line.n - 2);
    if (zd_str_find(inner, ZD_STR("**"), 0) != SIZE_MAX || zd_parse__chars(inner) > 40)
        return false;
    return zd_parse__last_char(inner) == 0xFF1F || zd_parse__last_char(inner) == '?' ||
           !zd_parse__ends_sentence(inner);
}

/* ---- tables ---- */

static struct zd_str cell_text(struct reader *r, struct zd_str raw)
{
    return zd_parse__trim(zd_arena_str(r->m->arena, reduced(r, zd_parse__trim(raw))));
}

static struct zd_parse__row table_row(struct reader *r, struct zd_str line)
{
    struct zd_parse__row row = {0};
    size_t from, n = 1;

    line = zd_parse__trim(line);
    if (zd_str_starts(line, ZD_STR("|")))
        line = zd_str_cut(line, 1, line.n);
    if (zd_str_ends(line, ZD_STR("|")) && !zd_str_ends(line, ZD_STR("\\|")))
        line = zd_str_cut(line, 0, line.n - 1);
    for (size_t i = 0; i < line.n; i++)
        n += line.p[i] == '|';
    if (n > ZD_TABLE_MAX_COLUMNS)
        n = ZD_TABLE_MAX_COLUMNS;
    row.cells = zd_arena_array(r->m->arena, n, sizeof *row.cells);
    if (!row.cells)
        return row;
    from = 0;
    for (size_t i = 0; i <= line.n && row.n < n; i++) {
        if (i < line.n && (line.p[i] != '|' || (i > 0 && line.p[i - 1] == '\\')))
            continue;
        row.cells[row.n++] = (struct zd_parse__cell){
            .text = cell_text(r, zd_str_cut(line, from, i)), .row_span = 1, .col_span = 1};
        from = i + 1;
    }
    return row;
}

/* Reads the table whose first line is `line`; r->at stands behind it. */
static void read_table(struct reader *r, struct zd_str line)
{
    struct zd_parse__row *rows = NULL;
    size_t n = 0, cap = 0;

    for (;;) {
        size_t at = r->at;

        if (is_table_rule(line)) {
            if (n == 1)
                rows[0].is_header = true;
        } else {
            if (n >= ZD_TABLE_MAX_ROWS) {
                r->m->too_many = true;
                break;
            }
            if (!zd_grow(&rows, &cap, n + 1, sizeof *rows, ZD_TABLE_MAX_ROWS)) {
                r->m->no_memory = true;
                break;
            }
            rows[n++] = table_row(r, line);
        }
        if (!zd_parse__line_next(r->text, &at, &line))
            break;
        line = zd_parse__trim(line);
        if (line.n == 0 || !memchr(line.p, '|', line.n))
            break;
        r->at = at;
    }
    zd_parse__table_add(r->m, rows, n);
    zd_free(rows);
}

static bool starts_table(const struct reader *r, struct zd_str line)
{
    struct zd_str next;
    size_t at = r->at;

    if (!memchr(line.p, '|', line.n))
        return false;
    if (zd_str_starts(line, ZD_STR("|")) && line.n > 1)
        return true;
    return zd_parse__line_next(r->text, &at, &next) && is_table_rule(zd_parse__trim(next));
}

/* ---- the whole ---- */

static void add_heading(struct reader *r, int level, struct zd_str words)
{
    words = zd_parse__trim(words);
    while (zd_str_ends(words, ZD_STR("#")))
        words = zd_str_cut(words, 0, words.n - 1);
    words = zd_parse__trim(reduced(r, words));
    if (r->m->title.n == 0 && level == 1)
        r->m->title = zd_arena_str(r->m->arena, words);
    zd_parse__maker_add(r->m, ZD_BLOCK_HEADING, level, words);
}

/* "===" below a paragraph makes it a heading of level 1. */
static void underline(struct reader *r)
{
    struct zd_block *last = r->m->n ? &r->m->blocks[r->m->n - 1] : NULL;

    if (!last || last->kind != ZD_BLOCK_PARAGRAPH)
        return;
    last->kind = ZD_BLOCK_HEADING;
    last->level = 1;
    if (r->m->title.n == 0)
        r->m->title =
            zd_arena_str(r->m->arena, zd_str_cut(zd_buf_view(&r->m->text), last->start, last->end));
}

/* Lines of one reduced paragraph: a <br> inside makes several. */
static void add_lines(struct reader *r, enum zd_block_kind kind, int level, struct zd_str words)
{
    struct zd_str part;
    size_t at = 0;

    while (zd_parse__line_next(words, &at, &part))
        zd_parse__maker_add(r->m, kind, level, part);
}

/* A table written in HTML, from the line it opens on to the </table> that closes it. */
static void read_html_table(struct reader *r, struct zd_str line)
{
    size_t from = (size_t)(line.p - r->text.p), at = from + 1, depth = 1, end;
    struct zd_error err = {0};

    while (depth > 0) {
        size_t open = zd_str_find(r->text, ZD_STR("<table"), at);
        size_t close = zd_str_find(r->text, ZD_STR("</table>"), at);

        if (close == SIZE_MAX) {
            at = r->text.n;
            break;
        }
        depth += open < close;
        depth -= open > close;
        at = (open < close ? open : close) + 1;
    }
    end = zd_str_find(r->text, ZD_STR("\n"), at);
    r->at = end == SIZE_MAX ? r->text.n : end + 1;
    r->table_status = zd_parse__html_fragment(zd_str_cut(r->text, from, r->at), r->m, &err);
    r->table_error = err;
}

static void read_line(struct reader *r, struct zd_str line)
{
    size_t n = count_run(line, '#');

    while (zd_str_starts(line, ZD_STR(">")))
        line = zd_parse__trim(zd_str_cut(line, 1, line.n));
    if (line.n == 0)
        return;
    if (zd_str_starts(line, ZD_STR("```")) || zd_str_starts(line, ZD_STR("~~~"))) {
        r->in_fence = !r->in_fence;
    } else if (r->in_fence) {
        zd_parse__maker_add(r->m, ZD_BLOCK_PARAGRAPH, 0, line);
    } else if (n >= 1 && n <= 6 && n < line.n && (line.p[n] == ' ' || (uint8_t)line.p[n] >= 0x80)) {
        add_heading(r, (int)n, zd_str_cut(line, n, line.n));
    } else if (zd_str_starts(line, ZD_STR("<table")) && line.p >= r->text.p &&
               line.p < r->text.p + r->text.n) {
        read_html_table(r, line);
    } else if (is_rule(line, '=')) {
        underline(r);
    } else if (is_rule(line, '-') || is_rule(line, '*') || is_rule(line, '_')) {
        return;
    } else if (starts_table(r, line)) {
        read_table(r, line);
    } else if (line.n > 2 && strchr("-*+", line.p[0]) && (line.p[1] == ' ' || line.p[1] == '\t')) {
        add_lines(r, ZD_BLOCK_LIST_ITEM, 0, reduced(r, zd_str_cut(line, 2, line.n)));
    } else if (is_bold_heading(line)) {
        add_lines(r, ZD_BLOCK_HEADING, 0, reduced(r, line));
    } else {
        add_lines(r, ZD_BLOCK_PARAGRAPH, 0, reduced(r, line));
    }
}

static void read_front(struct reader *r, struct zd_str line)
{
    if (zd_str_eq(line, ZD_STR("---")) || zd_str_eq(line, ZD_STR("..."))) {
        r->in_front = false;
        return;
    }
    zd_parse__maker_add(r->m, ZD_BLOCK_PARAGRAPH, 0, line);
    r->m->n_front = (uint32_t)r->m->n;
}

enum zd_status zd_parse__markdown(struct zd_str text, struct zd_parse__maker *m,
                                  struct zd_error *err)
{
    struct reader r = {.m = m, .text = text, .line = {.max = ZD_TEXT_MAX_BYTES}};
    struct zd_str line;
    enum zd_status st;
    bool first = true;

    while (r.table_status == ZD_OK && zd_parse__line_next(text, &r.at, &line)) {
        line = zd_parse__trim(without_comments(&r, line));
        if (line.n == 0)
            continue;
        if (first && zd_str_eq(line, ZD_STR("---")))
            r.in_front = true;
        else if (r.in_front)
            read_front(&r, line);
        else
            read_line(&r, line);
        first = false;
    }
    st = zd_buf_check(&r.line, "a line of the document", err);
    zd_buf_done(&r.line);
    if (r.table_status != ZD_OK)
        return ZD_FAIL(err, r.table_status, r.table_error.at, "%s", r.table_error.what);
    return st;
}
