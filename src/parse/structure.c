/* structure.c: units → passages, the smallest things that can be cited.
 *
 *   – An article is one passage with all its paragraphs and items, however long.
 *   – A numbered item with what belongs to it is one passage while it stays below ITEM_CHARS;
 *     a longer one is opened: its head becomes part of the path, its children passages.
 *     Small neighbours in one list stay together.
 *   – Paragraphs under one heading merge up to MERGE_CHARS; a long one is cut at sentences.
 *   – A section, line or row that a guide's label names is a field; its words stay together.
 *   – What follows a question is one passage; the question is its path.
 *
 * One pass over the units with a stack of open headings (at most ZD_PATH_MAX_LEVELS, deeper ones
 * are left out of the path). Passages never overlap and stand in reading order. Sizes were set on
 * policy texts: answers there have 60 to 150 characters, and a passage of 150 to 350 holds one
 * whole without drowning it.
 */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/structure_private.h"
#include "text/text.h"

#define MERGE_CHARS 300  /* paragraphs merge up to this */
#define CUT_CHARS 450    /* a longer paragraph is cut … */
#define GROUP_CHARS 260  /* … into groups of sentences of about this */
#define ITEM_CHARS 400   /* an item with its children */
#define SMALL_CHARS 60   /* an item small enough to stand with its neighbours */
#define FIELD_CHARS 1200 /* a guide's field, a question's answer */
#define HEAD_CHARS 40    /* an item's head as a path entry */
#define LEAD_CHARS 200   /* "符合下列条件之一的：" */
#define PATH_ENTRY_BYTES 600

struct level {
    int rank;
    struct zd_str text;
    enum zd_guide_field field;
    bool is_question;
};

struct builder {
    const struct zd_blocks *blocks;
    struct zd_parse__units units;
    struct zd_arena *arena;
    struct zd_passage *p; /* [n], zd_alloc */
    size_t n, cap;
    struct level levels[ZD_PATH_MAX_LEVELS];
    size_t n_levels;
    struct zd_str base_path, path; /* path: of the levels now, made when first needed */
    bool path_made;
    struct zd_str lead; /* the last lead-in, empty when spent */
    bool too_many, no_memory;
};

static struct zd_str text_of(const struct builder *b, uint32_t start, uint32_t end)
{
    return zd_str_cut(b->blocks->text, start, end);
}

static struct zd_str unit_text(const struct builder *b, const struct zd_parse__unit *u)
{
    return text_of(b, u->start, u->end);
}

/* ---- the path ---- */

static void pop_levels(struct builder *b, int rank)
{
    while (b->n_levels && b->levels[b->n_levels - 1].rank >= rank) {
        b->n_levels--;
        b->path_made = false;
    }
}

static void push_level(struct builder *b, int rank, struct zd_str text, enum zd_guide_field field,
                       bool is_question)
{
    pop_levels(b, rank);
    if (b->n_levels == ZD_PATH_MAX_LEVELS)
        return;
    if (text.n > PATH_ENTRY_BYTES)
        text = zd_str_cut(text, 0, zd_utf8_floor(text, PATH_ENTRY_BYTES));
    text = zd_parse__squeeze(text, b->arena);
    if (!text.p)
        b->no_memory = true;
    b->levels[b->n_levels++] = (struct level){rank, text, field, is_question};
    b->path_made = false;
}

static struct zd_str joined(struct builder *b, const struct zd_str *parts, size_t n,
                            const char *with)
{
    struct zd_buf out = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_str copy;

    for (size_t i = 0; i < n; i++) {
        if (parts[i].n == 0)
            continue;
        if (out.n)
            zd_buf_c(&out, with);
        zd_buf_str(&out, parts[i]);
    }
    copy = zd_arena_str(b->arena, zd_buf_view(&out));
    if (out.bad || !copy.p)
        b->no_memory = true;
    zd_buf_done(&out);
    return copy.p ? copy : ZD_STR("");
}

static struct zd_str path_now(struct builder *b)
{
    struct zd_str parts[ZD_PATH_MAX_LEVELS + 1];

    if (b->path_made)
        return b->path;
    parts[0] = b->base_path;
    for (size_t i = 0; i < b->n_levels; i++)
        parts[i + 1] = b->levels[i].text;
    b->path = joined(b, parts, b->n_levels + 1, " > ");
    b->path_made = true;
    return b->path;
}

/* The innermost open level that names a field or asks; NULL for none. */
static const struct level *special_level(const struct builder *b)
{
    for (size_t i = b->n_levels; i > 0; i--)
        if (b->levels[i - 1].field != ZD_GUIDE_NONE || b->levels[i - 1].is_question)
            return &b->levels[i - 1];
    return NULL;
}

/* ---- passages ---- */

static struct zd_passage *add_passage(struct builder *b, enum zd_passage_kind kind, uint32_t start,
                                      uint32_t end)
{
    struct zd_str words = zd_parse__trim(text_of(b, start, end));
    struct zd_passage *p;

    if (words.n == 0)
        return NULL;
    if (b->n >= ZD_DOCUMENT_MAX_PASSAGES) {
        b->too_many = true;
        return NULL;
    }
    if (!zd_grow(&b->p, &b->cap, b->n + 1, sizeof *b->p, ZD_DOCUMENT_MAX_PASSAGES)) {
        b->no_memory = true;
        return NULL;
    }
    p = &b->p[b->n++];
    *p = (struct zd_passage){
        .kind = kind, .path = path_now(b), .number = ZD_STR(""), .context = ZD_STR("")};
    p->start = (uint32_t)(words.p - b->blocks->text.p);
    p->end = p->start + (uint32_t)words.n;
    return p;
}

/* One stretch that may be too long for one passage: cut into groups of whole sentences. */
static void add_cut(struct builder *b, const struct zd_passage *like, uint32_t start, uint32_t end,
                    size_t max_chars)
{
    struct zd_span_list spans;
    struct zd_str words = text_of(b, start, end);
    uint32_t from = 0, chars = 0;
    bool first = true;

    if (zd_parse__chars(words) <= max_chars) {
        struct zd_passage *p = add_passage(b, like->kind, start, end);

        if (p) {
            p->field = like->field;
            p->number = like->number;
            p->context = like->context;
            p->page = like->page;
        }
        return;
    }
    if (zd_sentences(words, b->arena, &spans, NULL) != ZD_OK) {
        b->no_memory = true;
        return;
    }
    for (size_t i = 0; i < spans.n; i++) {
        uint32_t n = (uint32_t)zd_parse__chars(zd_str_cut(words, spans.p[i].start, spans.p[i].end));
        bool last = i + 1 == spans.n;
        struct zd_passage *p;

        chars += n;
        if (!last && chars + (n > GROUP_CHARS / 2 ? 0 : n) < GROUP_CHARS)
            continue;
        p = add_passage(b, like->kind, start + from, start + spans.p[i].end);
        if (p) {
            p->field = like->field;
            p->number = first ? like->number : ZD_STR("");
            p->context = like->context;
            p->page = like->page;
        }
        first = false;
        from = spans.p[i].end;
        chars = 0;
    }
}

static size_t chars_of(const struct builder *b, size_t i, size_t j)
{
    size_t n = 0;

    for (; i < j; i++)
        n += b->units.p[i].n_chars;
    return n;
}

/* Units [i, j) as passages of one kind: all in one while small, else in runs of whole units. */
static void add_run(struct builder *b, const struct zd_passage *like, size_t i, size_t j,
                    uint32_t from, size_t max_chars)
{
    while (i < j) {
        size_t k = i, chars = 0;

        while (k < j && (k == i || chars + b->units.p[k].n_chars <= max_chars))
            chars += b->units.p[k++].n_chars;
        add_cut(b, like, from > b->units.p[i].start ? from : b->units.p[i].start,
                b->units.p[k - 1].end, max_chars > CUT_CHARS ? max_chars : CUT_CHARS);
        i = k;
        from = 0;
    }
}

/* ---- articles ---- */

static size_t build_article(struct builder *b, size_t i)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    struct zd_passage *p;
    size_t j = i + 1;

    while (j < b->units.n && b->units.p[j].kind != ZD_PARSE__UNIT_ARTICLE &&
           b->units.p[j].kind != ZD_PARSE__UNIT_HEADING &&
           b->units.p[j].kind != ZD_PARSE__UNIT_ANNEX && b->units.p[j].kind != ZD_PARSE__UNIT_ROW)
        j++;
    p = add_passage(b, ZD_PASSAGE_CLAUSE, u->body, b->units.p[j - 1].end);
    if (p) {
        p->number = u->number;
        p->page = u->page;
    }
    return j;
}

/* ---- items ---- */

/* The units that belong to the item at i: deeper items, and plain words while more of its list
 * follows or its head is only a title. */
static size_t item_end(const struct builder *b, size_t i)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    bool title_only = !zd_parse__ends_sentence(unit_text(b, u)) && u->n_chars <= SMALL_CHARS;
    size_t j = i + 1, plain = 0;

    for (; j < b->units.n; j++) {
        const struct zd_parse__unit *next = &b->units.p[j];

        if (next->kind == ZD_PARSE__UNIT_ITEM) {
            if (next->rank <= u->rank)
                return next->rank == u->rank || !plain || title_only ? j : plain;
            plain = 0;
        } else if (next->kind == ZD_PARSE__UNIT_LIST) {
            plain = 0;
        } else if (next->kind == ZD_PARSE__UNIT_PLAIN) {
            if (!plain)
                plain = j;
        } else {
            break;
        }
    }
    return plain && !title_only ? plain : j;
}

/* The words of an item's head that name it: to the first full stop or colon, if that is near. */
static struct zd_str item_head(const struct builder *b, const struct zd_parse__unit *u)
{
    struct zd_str line = unit_text(b, u);
    size_t at = u->body - u->start, n = 0;

    while (at < line.n && n < HEAD_CHARS) {
        size_t last = at;
        uint32_t c = zd_utf8_next(line, &at);

        if (c == 0x3002 || c == 0xFF1A || c == 0xFF1B || c == ':' || c == '\n')
            return zd_str_cut(line, 0, last);
        n++;
    }
    return at >= line.n ? line : zd_str_cut(line, 0, at);
}

/* "1." and "一、" without what stands behind the number. */
static struct zd_str bare_number(struct zd_str number)
{
    static const char *const ends[] = {".", "、", "．", "﹒"};

    for (size_t i = 0; i < ZD_COUNT(ends); i++)
        if (zd_str_ends(number, zd_str_c(ends[i])))
            return zd_str_cut(number, 0, number.n - strlen(ends[i]));
    return number;
}

static struct zd_str number_run(struct builder *b, const struct zd_parse__unit *first,
                                const struct zd_parse__unit *last)
{
    struct zd_str from = bare_number(first->number), to = bare_number(last->number), number;

    if (first == last)
        return from;
    number = zd_arena_printf(b->arena, "%.*s至%.*s", (int)from.n, from.p, (int)to.n, to.p);
    if (!number.p)
        b->no_memory = true;
    return number.p ? number : ZD_STR("");
}

/* An item too long for one passage: its head joins the path, its own words are a passage where
 * they say more than the head, and the pass goes on with its children. */
static size_t open_item(struct builder *b, size_t i, size_t j)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    struct zd_str head = item_head(b, u);
    struct zd_passage like = {
        .kind = ZD_PASSAGE_ITEM, .number = u->number, .context = b->lead, .page = u->page};
    bool more = head.n < (size_t)(u->end - u->start) && u->n_chars > head.n / 3 + 1;

    if (j == i + 1 || more || u->n_chars > HEAD_CHARS)
        add_cut(b, &like, u->start, u->end, CUT_CHARS);
    if (j > i + 1)
        push_level(b, u->rank, head, ZD_GUIDE_NONE, false);
    return i + 1;
}

static size_t build_item(struct builder *b, size_t i)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    size_t j, chars, last = i;
    struct zd_passage *p;

    pop_levels(b, u->rank);
    j = item_end(b, i);
    chars = chars_of(b, i, j);
    if (chars > ITEM_CHARS)
        return open_item(b, i, j);
    while (chars <= SMALL_CHARS * (last - i + 1) && j < b->units.n &&
           b->units.p[j].kind == ZD_PARSE__UNIT_ITEM && b->units.p[j].rank == u->rank &&
           b->units.p[j].value > b->units.p[last].value) {
        size_t end = item_end(b, j), more = chars_of(b, j, end);

        if (more > SMALL_CHARS || chars + more > MERGE_CHARS)
            break;
        last = j;
        chars += more;
        j = end;
    }
    p = add_passage(b, ZD_PASSAGE_ITEM, u->start, b->units.p[j - 1].end);
    if (p) {
        p->number = number_run(b, u, &b->units.p[last]);
        p->context = b->lead;
        p->page = u->page;
    }
    return j;
}

/* ---- paragraphs ---- */

static bool is_lead(const struct builder *b, const struct zd_parse__unit *u)
{
    uint32_t c = zd_parse__last_char(unit_text(b, u));

    return (c == 0xFF1A || c == ':') && u->n_chars <= LEAD_CHARS;
}

static bool is_listed(const struct zd_parse__unit *u)
{
    return u->kind == ZD_PARSE__UNIT_ITEM || u->kind == ZD_PARSE__UNIT_LIST;
}

static bool is_plain(const struct zd_parse__unit *u)
{
    return u->kind == ZD_PARSE__UNIT_PLAIN || u->kind == ZD_PARSE__UNIT_ANNEX ||
           u->kind == ZD_PARSE__UNIT_LIST || u->kind == ZD_PARSE__UNIT_ANSWER;
}

/* A lead-in with its whole list, when that stays small; 0 where it does not. */
static size_t lead_end(const struct builder *b, size_t i)
{
    size_t j = i + 1;
    int rank;

    if (j >= b->units.n || !is_lead(b, &b->units.p[i]) || !is_listed(&b->units.p[j]))
        return 0;
    rank = b->units.p[j].rank;
    while (j < b->units.n && is_listed(&b->units.p[j]) && b->units.p[j].rank >= rank)
        j++;
    return chars_of(b, i, j) <= ITEM_CHARS ? j : 0;
}

static size_t build_plain(struct builder *b, size_t i)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    struct zd_passage like = {
        .kind = ZD_PASSAGE_PARAGRAPH, .number = ZD_STR(""), .context = ZD_STR(""), .page = u->page};
    size_t j = lead_end(b, i), chars = u->n_chars;

    if (u->kind == ZD_PARSE__UNIT_LIST)
        like.context = b->lead;
    if (j == 0) {
        for (j = i + 1; j < b->units.n && is_plain(&b->units.p[j]); j++) {
            if (chars + b->units.p[j].n_chars > MERGE_CHARS || is_lead(b, &b->units.p[j]))
                break;
            chars += b->units.p[j].n_chars;
        }
        if (j == i + 1 && is_lead(b, u) && j < b->units.n && is_listed(&b->units.p[j]))
            b->lead = zd_parse__trim(unit_text(b, u));
        else if (u->kind != ZD_PARSE__UNIT_LIST)
            b->lead = ZD_STR("");
    }
    add_cut(b, &like, u->start, b->units.p[j - 1].end, CUT_CHARS);
    return j;
}

/* ---- guides and questions ---- */

static bool ends_section(const struct zd_parse__unit *u)
{
    return u->kind == ZD_PARSE__UNIT_HEADING || u->kind == ZD_PARSE__UNIT_ARTICLE ||
           u->kind == ZD_PARSE__UNIT_LABEL || u->kind == ZD_PARSE__UNIT_QUESTION ||
           u->kind == ZD_PARSE__UNIT_ROW;
}

/* Everything below a heading that names a field or asks, to the next heading, label or row. */
static size_t build_section(struct builder *b, size_t i, const struct level *level)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    struct zd_passage like = {.kind = level->is_question ? ZD_PASSAGE_QA : ZD_PASSAGE_FIELD,
                              .field = level->field,
                              .number = ZD_STR(""),
                              .context = ZD_STR(""),
                              .page = u->page};
    size_t j = i;

    while (j < b->units.n && !ends_section(&b->units.p[j]) &&
           !(b->units.p[j].kind == ZD_PARSE__UNIT_ITEM && b->units.p[j].rank <= level->rank))
        j++;
    add_run(b, &like, i, j, u->kind == ZD_PARSE__UNIT_ANSWER ? u->body : u->start, FIELD_CHARS);
    return j;
}

/* "名称：…" in a guide ends the label before it, though its name is no field. */
static bool is_other_label(const struct builder *b, const struct zd_parse__unit *u)
{
    return b->units.is_guide && u->label.n > 0 && u->kind == ZD_PARSE__UNIT_PLAIN;
}

static size_t build_label(struct builder *b, size_t i)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    struct zd_passage like = {.kind = ZD_PASSAGE_FIELD,
                              .field = u->field,
                              .number = ZD_STR(""),
                              .context = ZD_STR(""),
                              .page = u->page};
    size_t j = i + 1;

    while (b->n_levels && b->levels[b->n_levels - 1].field != ZD_GUIDE_NONE &&
           b->levels[b->n_levels - 1].field != u->field)
        pop_levels(b, b->levels[b->n_levels - 1].rank); /* "监督电话：" is no part of 办理地点 */
    push_level(b, u->rank, u->label, u->field, false);
    if (b->units.is_guide || u->body == u->end)
        while (j < b->units.n && !ends_section(&b->units.p[j]) &&
               !is_other_label(b, &b->units.p[j]) &&
               !(u->rank < ZD_PARSE__RANK_LABEL && b->units.p[j].kind == ZD_PARSE__UNIT_ITEM &&
                 b->units.p[j].rank <= u->rank))
            j++;
    add_run(b, &like, i, j, u->body, FIELD_CHARS);
    pop_levels(b, u->rank);
    return j;
}

static size_t build_question(struct builder *b, size_t i)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    struct zd_passage like = {
        .kind = ZD_PASSAGE_QA, .number = ZD_STR(""), .context = ZD_STR(""), .page = u->page};
    struct zd_str question = text_of(b, u->body, u->end), answer = ZD_STR("");
    size_t j = i + 1, at = zd_str_find(question, ZD_STR("答："), 0);

    if (at != SIZE_MAX) { /* both on one line */
        answer = zd_parse__trim(zd_str_cut(question, at + 6, question.n));
        question = zd_parse__trim(zd_str_cut(question, 0, at));
    }
    push_level(b, ZD_PARSE__RANK_QUESTION, question, ZD_GUIDE_NONE, false);
    while (j < b->units.n && b->units.p[j].kind != ZD_PARSE__UNIT_QUESTION &&
           b->units.p[j].kind != ZD_PARSE__UNIT_HEADING && b->units.p[j].kind != ZD_PARSE__UNIT_ROW)
        j++;
    if (answer.n)
        add_run(b, &like, i, j, (uint32_t)(answer.p - b->blocks->text.p), FIELD_CHARS);
    else if (j > i + 1)
        add_run(b, &like, i + 1, j, b->units.p[i + 1].body, FIELD_CHARS);
    else
        add_cut(b, &like, u->body, u->end, CUT_CHARS);
    pop_levels(b, ZD_PARSE__RANK_QUESTION);
    return j;
}

/* ---- rows ---- */

static struct zd_str row_context(struct builder *b, const struct zd_block *row)
{
    struct zd_str *parts = zd_arena_array(b->arena, row->n_cells ? row->n_cells : 1, sizeof *parts);

    if (!parts) {
        b->no_memory = true;
        return ZD_STR("");
    }
    for (uint32_t i = 0; i < row->n_cells; i++)
        parts[i] = row->cells[i].header_path;
    return joined(b, parts, row->n_cells, " | ");
}

static bool is_header_row(const struct zd_block *row)
{
    for (uint32_t i = 0; i < row->n_cells; i++)
        if (!row->cells[i].is_header)
            return false;
    return row->n_cells > 0;
}

/* A row whose cells are by turns label and value, where one label names a field. */
static bool is_pairs(const struct zd_parse__unit *u)
{
    const struct zd_block *row = u->row;

    if (u->field == ZD_GUIDE_NONE || row->n_cells % 2 != 0 || row->cells[0].text.n == 0)
        return false;
    if (row->n_cells == 2)
        return zd_parse__guide_field(row->cells[0].text) != ZD_GUIDE_NONE;
    for (uint32_t i = 0; i < row->n_cells; i += 2)
        if (!row->cells[i].is_header &&
            !zd_str_eq(row->cells[i].header_path, row->cells[0].header_path))
            return false;
    return row->cells[0].is_header || row->cells[0].header_path.n > 0;
}

/* Each pair of such a row is its own passage. */
static void build_pairs(struct builder *b, const struct zd_parse__unit *u)
{
    const struct zd_block *row = u->row;
    uint32_t at = row->start;

    for (uint32_t i = 0; i + 1 < row->n_cells; i += 2) {
        const struct zd_cell *label = &row->cells[i], *value = &row->cells[i + 1];
        enum zd_guide_field field = zd_parse__guide_field(label->text);
        uint32_t from = at + (uint32_t)label->text.n + 1, to = from + (uint32_t)value->text.n;
        struct zd_passage like = {.kind = field == ZD_GUIDE_NONE ? ZD_PASSAGE_PARAGRAPH
                                                                 : ZD_PASSAGE_FIELD,
                                  .field = field,
                                  .number = ZD_STR(""),
                                  .context = ZD_STR(""),
                                  .page = u->page};

        push_level(b, ZD_PARSE__RANK_LABEL, label->text, field, false);
        add_cut(b, &like, from < row->end ? from : row->end, to < row->end ? to : row->end,
                FIELD_CHARS);
        pop_levels(b, ZD_PARSE__RANK_LABEL);
        at = to + 1;
    }
}

/* "发布日期 | 2025年3月17日" */
static bool is_fact(const struct zd_block *row)
{
    return row->n_cells == 2 && zd_parse__is_meta_label(row->cells[0].text);
}

static size_t build_row(struct builder *b, size_t i)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    struct zd_passage like = {.kind = ZD_PASSAGE_ROW,
                              .number = u->row->place.n ? u->row->place : ZD_STR(""),
                              .page = u->page};
    const struct level *level = special_level(b);
    size_t before = b->n;

    if (is_header_row(u->row) || is_fact(u->row))
        return i + 1;
    if (is_pairs(u)) {
        build_pairs(b, u);
        return i + 1;
    }
    like.context = row_context(b, u->row);
    like.field = level ? level->field : ZD_GUIDE_NONE;
    add_cut(b, &like, u->start, u->end, FIELD_CHARS);
    for (size_t k = before; k < b->n; k++) { /* a long row may be several passages */
        b->p[k].table = u->row->table;
        b->p[k].row = u->row->row;
        b->p[k].cells = u->row->cells;
        b->p[k].n_cells = u->row->n_cells;
    }
    return i + 1;
}

/* ---- the pass ---- */

static size_t build_heading(struct builder *b, size_t i)
{
    const struct zd_parse__unit *u = &b->units.p[i], *next = u + 1;
    struct zd_str words = unit_text(b, u);
    bool empty =
        i + 1 == b->units.n || (next->kind == ZD_PARSE__UNIT_HEADING && next->rank <= u->rank);

    b->lead = ZD_STR("");
    pop_levels(b, u->rank);
    if (u->is_question && b->n_levels && b->levels[b->n_levels - 1].is_question)
        pop_levels(b, b->levels[b->n_levels - 1].rank); /* questions do not nest */
    if (empty && (zd_parse__ends_sentence(words) || u->n_chars > ITEM_CHARS / 10)) {
        struct zd_passage like = {.kind = ZD_PASSAGE_PARAGRAPH,
                                  .number = ZD_STR(""),
                                  .context = ZD_STR(""),
                                  .page = u->page};

        add_cut(b, &like, u->start, u->end, CUT_CHARS);
    }
    push_level(b, u->rank, words, u->field, u->is_question);
    return i + 1;
}

static size_t build_unit(struct builder *b, size_t i)
{
    const struct zd_parse__unit *u = &b->units.p[i];
    const struct level *level;

    switch (u->kind) {
    case ZD_PARSE__UNIT_HEADING:
        return build_heading(b, i);
    case ZD_PARSE__UNIT_ARTICLE:
        return build_article(b, i);
    case ZD_PARSE__UNIT_ROW:
        return build_row(b, i);
    case ZD_PARSE__UNIT_LABEL:
        return build_label(b, i);
    case ZD_PARSE__UNIT_QUESTION:
        return build_question(b, i);
    default:
        if (u->kind == ZD_PARSE__UNIT_ITEM)
            pop_levels(b, u->rank);
        level = special_level(b);
        if (level)
            return build_section(b, i, level);
        return u->kind == ZD_PARSE__UNIT_ITEM ? build_item(b, i) : build_plain(b, i);
    }
}

/* A text that is nothing but front matter still has words to cite. */
static void build_front(struct builder *b)
{
    struct zd_passage like = {
        .kind = ZD_PASSAGE_PARAGRAPH, .number = ZD_STR(""), .context = ZD_STR("")};

    for (size_t i = 0; i < b->blocks->n; i++)
        add_cut(b, &like, b->blocks->p[i].start, b->blocks->p[i].end, CUT_CHARS);
}

static enum zd_status builder_result(struct builder *b, struct zd_passages *ret_passages,
                                     struct zd_error *err)
{
    struct zd_passage *p;

    if (b->too_many)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the document has more than %u passages; split it",
                       ZD_DOCUMENT_MAX_PASSAGES);
    p = zd_arena_array(b->arena, b->n ? b->n : 1, sizeof *p);
    if (b->no_memory || !p)
        return zd_parse__no_memory(b->arena, "the passages of the document", err);
    if (b->n)
        memcpy(p, b->p, b->n * sizeof *p);
    *ret_passages = (struct zd_passages){p, b->n};
    return ZD_OK;
}

enum zd_status zd_parse__structure(struct zd_blocks *blocks, struct zd_str base_path,
                                   struct zd_arena *arena, struct zd_passages *ret_passages,
                                   struct zd_error *err)
{
    struct builder b = {
        .blocks = blocks, .arena = arena, .base_path = base_path, .lead = ZD_STR("")};
    enum zd_status st = zd_parse__units_of(blocks, &b.units, err);

    if (st != ZD_OK)
        goto out;
    for (size_t i = 0; i < b.units.n && !b.too_many && !b.no_memory;)
        i = build_unit(&b, i);
    if (b.n == 0)
        build_front(&b);
    st = builder_result(&b, ret_passages, err);
out:
    zd_free(b.units.p);
    zd_free(b.p);
    return st;
}
