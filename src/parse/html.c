/* html.c: pages of government sites → blocks.
 *
 * What is left of the tree (html_furniture.c) is walked once. A block element, a cell of a table
 * that only lays the page out, or <br> ends a line; white space between is one blank, and none
 * between two Han characters that a line end of the source tore apart. A line all in bold and
 * short is a heading by its look. A data table is read as rows (table.c), with the lines inside a
 * cell kept.
 *
 * A table is data when it has header cells, or rows of short cells in columns, or a left column
 * of labels; one that holds another table or a single row or column lays out.
 */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/facts_private.h"
#include "parse/html_private.h"
#include "text/text.h"

#define BOLD_HEADING_CHARS 40
#define LABEL_CHARS 20
#define DATA_CELL_CHARS 80

struct page {
    struct zd_parse__tree tree;
    struct zd_parse__maker *m;
    uint32_t open[ZD_HTML_MAX_DEPTH]; /* nodes entered and not left */
    size_t n_open;
    struct zd_buf line, scratch, aside;
    size_t n_bold, n_chars; /* of the line */
    bool item;              /* the line opens a list item */
    bool titled;
    bool was_closed; /* an inline element ended since the last text */
};

/* ---- a line ---- */

static bool is_han_or_mark(uint32_t c)
{
    return zd_is_han(c) || (c >= 0x3001 && c <= 0x3011) || (c >= 0xFF01 && c <= 0xFF1F) ||
           (c >= 0x2018 && c <= 0x201D);
}

static uint32_t last_of(const struct zd_buf *b)
{
    return zd_parse__last_char(zd_buf_view(b));
}

/* Whether a line of the source that ends here left off behind 第七条 and the like, which the words that
 * follow do not touch. */
static bool ends_with_mark_alone(const struct zd_buf *b)
{
    struct zd_str line = zd_buf_view(b);
    struct zd_parse__mark mark;
    size_t from = line.n;

    while (from > 0 && line.p[from - 1] != '\n')
        from--;
    line = zd_str_cut(line, from, line.n);
    return zd_parse__mark_read(line, &mark) && mark.n_number == line.n;
}

/* Whether white space between two characters is a blank. Where the source's line ends between two
 * Chinese ones it is none. */
static bool is_blank(const struct zd_buf *line, uint32_t before, uint32_t c, bool torn)
{
    if (line->n == 0 || before == '\n' || before == ' ')
        return false;
    return !torn || !is_han_or_mark(before) || !is_han_or_mark(c) || ends_with_mark_alone(line);
}

/* Appends a run of the page's text with its references undone and white space squeezed. */
static size_t add_words(struct page *p, struct zd_buf *line, struct zd_str raw, bool keep_lines)
{
    size_t at = 0, n = 0;
    bool gap = false, torn = false;
    struct zd_str text;

    zd_parse__maker_clear(p->m, &p->scratch);
    while (at < raw.n) {
        if (raw.p[at] == '&')
            at += zd_parse__entity(zd_str_cut(raw, at, raw.n), &p->scratch);
        else
            zd_buf_byte(&p->scratch, (uint8_t)raw.p[at++]);
    }
    text = zd_buf_view(&p->scratch);
    for (at = 0; at < text.n;) {
        size_t from = at;
        uint32_t c = zd_utf8_next(text, &at);

        if (c != 0x3000 && zd_parse__is_space(c)) {
            gap = true;
            torn = torn || c == '\n';
            if (keep_lines && c == '\n')
                zd_buf_byte(line, '\n');
            continue;
        }
        if (gap && is_blank(line, last_of(line), c, torn))
            zd_buf_byte(line, ' ');
        gap = torn = false;
        zd_buf_str(line, zd_str_cut(text, from, at));
        n++;
    }
    if (gap && is_blank(line, last_of(line), ' ', torn) && (!torn || ends_with_mark_alone(line)))
        zd_buf_byte(line, ' ');
    return n;
}

static bool asks(struct zd_str s)
{
    uint32_t c = zd_parse__last_char(s);

    return c == 0xFF1F || c == '?';
}

static void add_line(struct page *p, struct zd_str words)
{
    bool bold = p->n_bold > 0 && p->n_bold * 10 >= p->n_chars * 9;
    enum zd_block_kind kind = p->item ? ZD_BLOCK_LIST_ITEM : ZD_BLOCK_PARAGRAPH;

    if (bold && p->n_chars <= BOLD_HEADING_CHARS &&
        (!zd_parse__ends_sentence(words) || asks(words)))
        kind = ZD_BLOCK_HEADING;
    if (zd_parse__html_furniture_line(words)) {
        p->m->reading.n_left_out[ZD_LEFT_OUT_FURNITURE]++;
        zd_parse__maker_aside(p->m, words);
        return;
    }
    zd_parse__maker_add(p->m, kind, 0, words);
}

static void flush(struct page *p)
{
    struct zd_str view = zd_buf_view(&p->line), part;
    size_t at = 0;

    while (zd_parse__line_next(view, &at, &part)) {
        part = zd_parse__trim(part);
        if (part.n == 0)
            continue;
        add_line(p, part);
        p->item = false;
    }
    zd_parse__maker_clear(p->m, &p->line);
    p->n_bold = p->n_chars = 0;
}

/* ---- data tables ---- */

struct table_look {
    size_t n_rows, n_columns, n_cells, n_headers, n_labels, n_short_left, n_left, n_long, n_tables;
    uint64_t n_chars;
};

/* Steps to the next node inside [i, end) that is not in a dropped part. */
static uint32_t step(const struct page *p, uint32_t i)
{
    const struct zd_parse__node *node = &p->tree.nodes[i];

    return node->dropped ? node->end : i + 1;
}

static bool is_cell(const struct zd_parse__node *node)
{
    return node->tag == ZD_TAG_TD || node->tag == ZD_TAG_TH;
}

/* The words of a subtree, lines kept where `lines`; in the arena, p NULL when it is full. */
static struct zd_str words_of(struct page *p, uint32_t root, bool lines)
{
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    uint32_t end = p->tree.nodes[root].end;
    struct zd_str copy;

    for (uint32_t i = root + 1; i < end; i = step(p, i)) {
        const struct zd_parse__node *node = &p->tree.nodes[i];

        if (node->dropped)
            continue;
        if (node->tag == ZD_TAG_TEXT)
            add_words(p, &out, zd_str_cut(p->tree.page, node->start, node->stop), false);
        else if (node->tag != ZD_TAG_INLINE && node->tag != ZD_TAG_BOLD && node->tag != ZD_TAG_A &&
                 out.n && last_of(&out) != '\n')
            zd_buf_byte(&out, lines && !is_cell(node) ? '\n' : ' ');
    }
    copy = zd_arena_str(p->m->arena, zd_parse__trim(zd_buf_view(&out)));
    if (out.bad || !copy.p)
        p->m->no_memory = true;
    zd_buf_done(&out);
    return copy;
}

/* The next row of the table behind node i, or its end; rows of inner tables are not its own. */
static uint32_t next_row(const struct page *p, uint32_t table, uint32_t i)
{
    uint32_t end = p->tree.nodes[table].end;

    while (i < end) {
        const struct zd_parse__node *node = &p->tree.nodes[i];

        if (node->dropped || node->tag == ZD_TAG_TABLE || is_cell(node)) {
            i = node->end;
            continue;
        }
        if (node->tag == ZD_TAG_TR)
            return i;
        i++;
    }
    return end;
}

static uint32_t next_cell(const struct page *p, uint32_t row, uint32_t i)
{
    uint32_t end = p->tree.nodes[row].end;

    while (i < end) {
        const struct zd_parse__node *node = &p->tree.nodes[i];

        if (!node->dropped && is_cell(node))
            return i;
        i = node->dropped || node->tag == ZD_TAG_TABLE ? node->end : i + 1;
    }
    return end;
}

static void look_at_row(struct page *p, uint32_t row, struct table_look *look)
{
    size_t columns = 0;
    uint32_t end = p->tree.nodes[row].end;

    for (uint32_t c = next_cell(p, row, row + 1); c < end;
         c = next_cell(p, row, p->tree.nodes[c].end)) {
        const struct zd_parse__node *cell = &p->tree.nodes[c];

        look->n_cells++;
        look->n_headers += cell->tag == ZD_TAG_TH;
        look->n_chars += cell->n_chars;
        look->n_long += cell->n_chars > DATA_CELL_CHARS * 5;
        if (columns == 0) {
            look->n_left++;
            look->n_short_left += cell->n_chars <= LABEL_CHARS;
            if (cell->n_chars <= LABEL_CHARS)
                look->n_labels += zd_parse__guide_field(words_of(p, c, false)) != ZD_GUIDE_NONE;
        }
        columns += cell->col_span;
    }
    look->n_rows += columns > 0;
    if (columns > look->n_columns)
        look->n_columns = columns;
}

static bool is_data_table(struct page *p, uint32_t table)
{
    struct table_look look = {0};
    uint32_t end = p->tree.nodes[table].end;

    for (uint32_t i = table + 1; i < end; i = step(p, i))
        look.n_tables += !p->tree.nodes[i].dropped && p->tree.nodes[i].tag == ZD_TAG_TABLE;
    for (uint32_t r = next_row(p, table, table + 1); r < end;
         r = next_row(p, table, p->tree.nodes[r].end))
        look_at_row(p, r, &look);
    if (look.n_columns < 2 || look.n_rows < 2)
        return look.n_columns >= 2 && look.n_labels > 0 && look.n_tables == 0;
    if (look.n_labels >= 2)
        return true;
    if (look.n_tables > 0)
        return false;
    if (look.n_headers > 0)
        return true;
    return look.n_chars <= look.n_cells * (uint64_t)DATA_CELL_CHARS ||
           (look.n_short_left == look.n_left && look.n_columns <= 6);
}

/* Fills one row from the tree; false when memory ends. */
static bool read_row(struct page *p, uint32_t row, struct zd_parse__row *out)
{
    const struct zd_parse__node *nodes = p->tree.nodes;
    uint32_t end = nodes[row].end, n = 0;

    for (uint32_t c = next_cell(p, row, row + 1); c < end; c = next_cell(p, row, nodes[c].end))
        n++;
    if (n > ZD_TABLE_MAX_COLUMNS)
        n = ZD_TABLE_MAX_COLUMNS;
    out->cells = zd_arena_array(p->m->arena, n ? n : 1, sizeof *out->cells);
    if (!out->cells)
        return false;
    out->is_header = nodes[nodes[row].parent].is_thead;
    for (uint32_t c = next_cell(p, row, row + 1); c < end && out->n < n;
         c = next_cell(p, row, nodes[c].end))
        out->cells[out->n++] = (struct zd_parse__cell){.text = words_of(p, c, true),
                                                       .row_span = nodes[c].row_span,
                                                       .col_span = nodes[c].col_span,
                                                       .is_header = nodes[c].tag == ZD_TAG_TH};
    return true;
}

static void read_table(struct page *p, uint32_t table)
{
    struct zd_parse__row *rows = NULL;
    uint32_t end = p->tree.nodes[table].end;
    size_t n = 0, cap = 0;

    for (uint32_t i = table + 1; i < end; i++)
        if (p->tree.nodes[i].tag == ZD_TAG_CAPTION && !p->tree.nodes[i].dropped) {
            zd_parse__maker_add(p->m, ZD_BLOCK_HEADING, 0, words_of(p, i, false));
            break;
        }
    for (uint32_t r = next_row(p, table, table + 1); r < end;
         r = next_row(p, table, p->tree.nodes[r].end)) {
        if (n >= ZD_TABLE_MAX_ROWS) {
            p->m->too_many = true;
            break;
        }
        if (!zd_grow(&rows, &cap, n + 1, sizeof *rows, ZD_TABLE_MAX_ROWS)) {
            p->m->no_memory = true;
            break;
        }
        rows[n] = (struct zd_parse__row){0};
        if (!read_row(p, r, &rows[n])) {
            p->m->no_memory = true;
            break;
        }
        n += rows[n].n > 0;
    }
    zd_parse__table_add(p->m, rows, n);
    zd_free(rows);
}

/* ---- the walk ---- */

static bool ends_line(enum zd_parse__tag tag)
{
    return tag != ZD_TAG_INLINE && tag != ZD_TAG_BOLD && tag != ZD_TAG_A && tag != ZD_TAG_TEXT;
}

static void add_heading(struct page *p, const struct zd_parse__node *node)
{
    struct zd_str words = zd_parse__trim(zd_buf_view(&p->line));
    struct zd_str copy = zd_parse__squeeze(words, p->m->arena);
    int level = node->tag == ZD_TAG_HEADING ? node->level : 0;

    zd_parse__maker_clear(p->m, &p->line);
    p->n_bold = p->n_chars = 0;
    if (!copy.p) {
        p->m->no_memory = true;
        return;
    }
    if (copy.n == 0 || zd_parse__html_furniture_line(copy))
        return;
    if (!p->titled && level == 1) {
        p->m->title = copy;
        p->titled = true;
    }
    zd_parse__maker_add(p->m, ZD_BLOCK_HEADING, level, copy);
}

static void leave(struct page *p, const struct zd_parse__node *node)
{
    if (node->tag == ZD_TAG_HEADING || node->tag == ZD_TAG_DT || node->tag == ZD_TAG_SUMMARY ||
        node->tag == ZD_TAG_CAPTION)
        add_heading(p, node);
    else if (ends_line((enum zd_parse__tag)node->tag))
        flush(p);
    else
        p->was_closed = true;
}

static void leave_until(struct page *p, uint32_t i)
{
    while (p->n_open && p->tree.nodes[p->open[p->n_open - 1]].end <= i)
        leave(p, &p->tree.nodes[p->open[--p->n_open]]);
}

static bool inside(const struct page *p, enum zd_parse__tag tag)
{
    for (size_t i = p->n_open; i > 0; i--) {
        enum zd_parse__tag here = (enum zd_parse__tag)p->tree.nodes[p->open[i - 1]].tag;

        if (here == tag)
            return true;
        if (ends_line(here) && here != ZD_TAG_PRE)
            return false;
    }
    return false;
}

/* "<span>索引号：…</span><span>发文机关：…</span>": margins of the style kept these apart. */
static void part_labels(struct page *p, struct zd_str text)
{
    struct zd_str label, value;
    uint32_t last = last_of(&p->line);

    if (p->line.n == 0 || zd_parse__is_space(last) || last == 0xFF1A || last == 0x3010 ||
        !p->was_closed || !zd_parse__label_cut(zd_parse__trim(text), &label, &value) ||
        !zd_parse__is_meta_label(label))
        return;
    zd_buf_c(&p->line, "\u3000\u3000");
}

static void read_text(struct page *p, const struct zd_parse__node *node)
{
    size_t n;

    part_labels(p, zd_str_cut(p->tree.page, node->start, node->stop));
    p->was_closed = false;
    n = add_words(p, &p->line, zd_str_cut(p->tree.page, node->start, node->stop),
                  inside(p, ZD_TAG_PRE));

    p->n_chars += n;
    if (inside(p, ZD_TAG_BOLD))
        p->n_bold += n;
}

/* The words of a part that is left out; scripts and the like have none below them. */
static void set_aside(struct page *p, uint32_t root)
{
    for (uint32_t i = root + 1; i < p->tree.nodes[root].end; i++) {
        const struct zd_parse__node *node = &p->tree.nodes[i];

        if (node->tag == ZD_TAG_DROP) {
            i = node->end - 1;
        } else if (node->tag == ZD_TAG_TEXT) {
            zd_parse__maker_clear(p->m, &p->aside);
            add_words(p, &p->aside, zd_str_cut(p->tree.page, node->start, node->stop), false);
            zd_parse__maker_aside(p->m, zd_buf_view(&p->aside));
        }
    }
}

static uint32_t enter(struct page *p, uint32_t i)
{
    const struct zd_parse__node *node = &p->tree.nodes[i];

    if (node->dropped) {
        if (node->tag != ZD_TAG_DROP)
            set_aside(p, i);
        return node->end;
    }
    if (node->tag == ZD_TAG_TEXT) {
        read_text(p, node);
        return i + 1;
    }
    if (node->tag == ZD_TAG_BR && inside(p, ZD_TAG_HEADING)) {
        zd_buf_byte(&p->line, ' ');
        return i + 1;
    }
    if (ends_line((enum zd_parse__tag)node->tag))
        flush(p);
    if (node->tag == ZD_TAG_LI)
        p->item = true;
    if (node->tag == ZD_TAG_TABLE && is_data_table(p, i)) {
        read_table(p, i);
        return node->end;
    }
    if (node->tag != ZD_TAG_BR && node->tag != ZD_TAG_HR && p->n_open < ZD_HTML_MAX_DEPTH)
        p->open[p->n_open++] = i;
    return i + 1;
}

/* The part of <title> before the site's name: "办事指南_云岫市人民政府". */
static struct zd_str title_part(struct zd_str title)
{
    static const char *const cuts[] = {"_", " - ", "-云", " | ", "|", " – ", "——", "－"};

    for (size_t i = 0; i < ZD_COUNT(cuts); i++) {
        size_t at = zd_str_find(title, zd_str_c(cuts[i]), 0);

        if (at != SIZE_MAX && zd_parse__chars(zd_str_cut(title, 0, at)) >= 4)
            title = zd_parse__trim(zd_str_cut(title, 0, at));
    }
    for (size_t at = title.n; at-- > 12;) /* "老年助餐服务指南 云岫市民政局" */
        if (title.p[at] == ' ' && zd_parse__is_organ(zd_str_cut(title, at + 1, title.n)))
            return zd_parse__trim(zd_str_cut(title, 0, at));
    return title;
}

static void take_head(struct page *p)
{
    struct zd_arena *arena = p->m->arena;

    if (p->tree.title.n) {
        zd_parse__maker_clear(p->m, &p->line);
        add_words(p, &p->line, p->tree.title, false);
        p->m->meta.title = zd_arena_str(arena, title_part(zd_parse__trim(zd_buf_view(&p->line))));
        zd_parse__maker_clear(p->m, &p->line);
    }
    if (p->tree.meta_title.n)
        p->m->title = zd_arena_str(arena, p->tree.meta_title);
    if (p->m->title.n)
        p->titled = true;
    p->m->meta.issuer = zd_arena_str(arena, p->tree.meta_issuer);
    p->m->meta.issued = zd_arena_str(arena, p->tree.meta_date);
}

static enum zd_status read_page(struct zd_str text, bool fragment, struct zd_parse__maker *m,
                                struct zd_error *err)
{
    struct page *p = zd_alloc(sizeof *p);
    enum zd_status st;

    if (!p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the page");
    p->m = m;
    p->line.max = p->scratch.max = p->aside.max = ZD_TEXT_MAX_BYTES;
    st = zd_parse__html_tree(text, &p->tree, err);
    if (st != ZD_OK)
        goto out;
    m->reading.n_left_out[ZD_LEFT_OUT_FURNITURE] += zd_parse__html_furniture(&p->tree);
    if (fragment)
        p->titled = true;
    else
        take_head(p);
    for (uint32_t i = 1; i < p->tree.n && !m->too_many && !m->no_memory && !m->text.bad;) {
        leave_until(p, i);
        i = enter(p, i);
    }
    leave_until(p, UINT32_MAX);
    flush(p);
    if (m->title.n == 0)
        m->title = m->meta.title;
    st = zd_buf_check(&p->line, "a line of the page", err);
    if (st == ZD_OK)
        st = zd_buf_check(&p->scratch, "a run of the page's text", err);
out:
    zd_free(p->tree.nodes);
    zd_parse__maker_clear(m, &p->scratch);
    zd_buf_done(&p->line);
    zd_buf_done(&p->scratch);
    zd_buf_done(&p->aside);
    zd_free(p);
    return st;
}

enum zd_status zd_parse__html(struct zd_str text, struct zd_parse__maker *m, struct zd_error *err)
{
    return read_page(text, false, m, err);
}

enum zd_status zd_parse__html_fragment(struct zd_str text, struct zd_parse__maker *m,
                                       struct zd_error *err)
{
    return read_page(text, true, m, err);
}
