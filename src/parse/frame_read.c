/* frame_read.c: the server's side of frame.h: nothing is believed. */
#include <string.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/utf8.h"
#include "parse/frame.h"

#define SAME 0xFFFFFFFFu
#define WORD_MAX_BYTES 32
#define PATH_MAX_BYTES ((size_t)ZD_TITLE_MAX_BYTES * ZD_PATH_MAX_LEVELS)
#define PASSAGE_MIN_BYTES 38 /* of one in a frame */
#define CELL_MIN_BYTES 9

struct reader {
    struct zd_cursor c;
    struct zd_arena *arena;
    const char *wrong; /* the first thing that was */
    bool no_memory;
};

static void refuse(struct reader *r, const char *what)
{
    if (!r->wrong)
        r->wrong = what;
}

static bool is_over(const struct reader *r)
{
    return r->c.bad || r->wrong || r->no_memory;
}

/* A text of at most `max` bytes; n is already read. */
static struct zd_str take_bytes(struct reader *r, uint32_t n, size_t max, const char *what)
{
    struct zd_bytes b;
    struct zd_str copy;

    if (n > max) {
        refuse(r, what);
        return ZD_STR("");
    }
    b = zd_cursor_bytes(&r->c, n);
    if (r->c.bad)
        return ZD_STR("");
    if (zd_utf8_valid_prefix(b) != b.n) {
        refuse(r, what);
        return ZD_STR("");
    }
    if (b.n == 0)
        return ZD_STR("");
    copy = zd_arena_str(r->arena, (struct zd_str){(const char *)b.p, b.n});
    if (!copy.p) {
        r->no_memory = true;
        return ZD_STR("");
    }
    return copy;
}

static struct zd_str take_str(struct reader *r, size_t max, const char *what)
{
    return take_bytes(r, zd_cursor_u32(&r->c), max, what);
}

static struct zd_str take_like(struct reader *r, size_t max, struct zd_str *last, const char *what)
{
    uint32_t n = zd_cursor_u32(&r->c);

    if (n != SAME)
        *last = take_bytes(r, n, max, what);
    return n == 0 ? ZD_STR("") : *last;
}

/* Names of formats and encodings: printable ASCII. */
static const char *take_word(struct reader *r, const char *what)
{
    struct zd_str s = take_str(r, WORD_MAX_BYTES, what);

    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~') {
            refuse(r, what);
            return "";
        }
    return s.p;
}

static int32_t take_day(struct reader *r)
{
    uint32_t day = zd_cursor_u32(&r->c);

    if (day != 0 && (day > 99991231 || !zd_date_is_valid((int32_t)day)))
        refuse(r, "a day");
    return is_over(r) ? 0 : (int32_t)day;
}

static void take_reading(struct reader *r, struct zd_reading *reading)
{
    reading->n_pages = zd_cursor_u32(&r->c);
    reading->n_pages_no_text = zd_cursor_u32(&r->c);
    reading->n_pages_scanned = zd_cursor_u32(&r->c);
    reading->n_pages_recognised = zd_cursor_u32(&r->c);
    reading->n_tables = zd_cursor_u32(&r->c);
    for (size_t i = 0; i < ZD_LEFT_OUT_COUNT; i++)
        reading->n_left_out[i] = zd_cursor_u32(&r->c);
    if (reading->n_pages_no_text > reading->n_pages ||
        reading->n_pages_scanned > reading->n_pages ||
        reading->n_pages_recognised > reading->n_pages)
        refuse(r, "the number of pages");
}

static void take_facts(struct reader *r, struct zd_facts *facts)
{
    uint32_t n;

    facts->title = take_str(r, PATH_MAX_BYTES, "a title");
    facts->issuer = take_str(r, PATH_MAX_BYTES, "an issuer");
    facts->number = take_str(r, PATH_MAX_BYTES, "a document number");
    facts->region = take_str(r, PATH_MAX_BYTES, "a region");
    facts->issued = take_day(r);
    facts->effective = take_day(r);
    facts->expires = take_day(r);
    facts->repeals_only = zd_cursor_u8(&r->c) != 0;
    n = zd_cursor_u32(&r->c);
    if (n > (size_t)(r->c.end - r->c.p) / 4)
        refuse(r, "the number of replaced texts");
    if (is_over(r) || n == 0)
        return;
    facts->supersedes = zd_arena_array(r->arena, n, sizeof *facts->supersedes);
    if (!facts->supersedes) {
        r->no_memory = true;
        return;
    }
    facts->n_supersedes = n;
    for (uint32_t i = 0; i < n && !is_over(r); i++)
        facts->supersedes[i] = take_str(r, PATH_MAX_BYTES, "a replaced text");
}

static bool is_char_start(struct zd_str text, uint32_t at)
{
    return at == text.n || ((uint8_t)text.p[at] & 0xC0) != 0x80;
}

/* What the passage before said and where it ended. */
struct last {
    struct zd_str path, context;
    uint32_t end;
};

static void take_passage(struct reader *r, struct zd_str text, struct zd_passage *p,
                         struct last *last)
{
    uint8_t kind = zd_cursor_u8(&r->c), field = zd_cursor_u8(&r->c);

    p->start = zd_cursor_u32(&r->c);
    p->end = zd_cursor_u32(&r->c);
    p->page = zd_cursor_u32(&r->c);
    p->table = zd_cursor_u32(&r->c);
    p->row = zd_cursor_u32(&r->c);
    p->n_cells = zd_cursor_u32(&r->c);
    p->path = take_like(r, PATH_MAX_BYTES, &last->path, "a path");
    p->number = take_str(r, ZD_TITLE_MAX_BYTES, "a number");
    p->context = take_like(r, ZD_TEXT_MAX_BYTES, &last->context, "a context");
    if (kind >= ZD_PASSAGE_KIND_COUNT || field >= ZD_GUIDE_FIELD_COUNT)
        refuse(r, "a kind of passage");
    else if (p->start < last->end || p->start >= p->end || p->end > text.n ||
             !is_char_start(text, p->start) || !is_char_start(text, p->end))
        refuse(r, "a span");
    last->end = p->end;
    p->kind = (enum zd_passage_kind)kind;
    p->field = (enum zd_guide_field)field;
}

static void take_passages(struct reader *r, struct zd_str text, struct zd_passages *passages)
{
    struct last last = {.path = ZD_STR(""), .context = ZD_STR("")};
    uint32_t n = zd_cursor_u32(&r->c);

    if (n > ZD_DOCUMENT_MAX_PASSAGES || n > (size_t)(r->c.end - r->c.p) / PASSAGE_MIN_BYTES)
        refuse(r, "the number of passages");
    if (is_over(r))
        return;
    passages->p = zd_arena_array(r->arena, n ? n : 1, sizeof *passages->p);
    if (!passages->p) {
        r->no_memory = true;
        return;
    }
    passages->n = n;
    for (uint32_t i = 0; i < n && !is_over(r); i++)
        take_passage(r, text, &passages->p[i], &last);
}

static void take_cells(struct reader *r, struct zd_passages *passages)
{
    struct zd_str header = ZD_STR("");
    size_t n_all = 0;

    for (size_t i = 0; i < passages->n && !is_over(r); i++) {
        struct zd_passage *p = &passages->p[i];
        struct zd_cell *cells;
        uint8_t flags;

        if (p->n_cells == 0)
            continue;
        n_all += p->n_cells;
        if (n_all > ZD_FRAME_MAX_CELLS ||
            p->n_cells > (size_t)(r->c.end - r->c.p) / CELL_MIN_BYTES) {
            refuse(r, "the number of cells");
            return;
        }
        cells = zd_arena_array(r->arena, p->n_cells, sizeof *cells);
        if (!cells) {
            r->no_memory = true;
            return;
        }
        for (uint32_t k = 0; k < p->n_cells && !is_over(r); k++) {
            flags = zd_cursor_u8(&r->c);
            cells[k].is_header = (flags & 1) != 0;
            cells[k].is_repeated = (flags & 2) != 0;
            cells[k].text = take_str(r, ZD_TEXT_MAX_BYTES, "a cell");
            cells[k].header_path = take_like(r, PATH_MAX_BYTES, &header, "a header");
        }
        p->cells = cells;
    }
}

/* The payload of a document that was read. */
static void take_parsed(struct reader *r, struct zd_str *id, struct zd_parsed *parsed)
{
    *id = take_str(r, ZD_ID_MAX_BYTES, "an id");
    parsed->blocks.text = take_str(r, ZD_TEXT_MAX_BYTES, "the text");
    parsed->blocks.title = take_str(r, PATH_MAX_BYTES, "the title");
    parsed->blocks.aside = take_str(r, ZD_ASIDE_MAX_BYTES, "what was set aside");
    parsed->blocks.format = take_word(r, "the format");
    parsed->blocks.encoding = take_word(r, "the encoding");
    take_reading(r, &parsed->blocks.reading);
    if (!is_over(r))
        take_facts(r, &parsed->facts);
    if (!is_over(r))
        take_passages(r, parsed->blocks.text, &parsed->passages);
    if (!is_over(r))
        take_cells(r, &parsed->passages);
}

/* A failure that the worker reports is its document's own. */
static enum zd_status take_failure(struct reader *r, uint32_t status, struct zd_error *err)
{
    uint64_t at = zd_cursor_u64(&r->c);
    struct zd_str what = take_str(r, sizeof((struct zd_error *)NULL)->what, "a reason");

    if (is_over(r) || r->c.p != r->c.end || what.n == 0 || memchr(what.p, 0, what.n) ||
        (status != ZD_INVALID && status != ZD_LIMIT && status != ZD_DENIED))
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the reader's answer is broken: a reason");
    return ZD_FAIL(err, (enum zd_status)status, at, "%.*s", (int)what.n, what.p);
}

static enum zd_status read_payload(struct reader *r, struct zd_str *ret_id,
                                   struct zd_parsed *ret_parsed, struct zd_error *err)
{
    struct zd_parsed parsed = {0};
    struct zd_str id = ZD_STR("");
    uint32_t status = zd_cursor_u32(&r->c);

    if (status != ZD_OK)
        return take_failure(r, status, err);
    take_parsed(r, &id, &parsed);
    if (!r->wrong && (r->c.bad || (!r->no_memory && r->c.p != r->c.end)))
        r->wrong = "its length";
    if (r->wrong)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "the reader's answer is broken: %s", r->wrong);
    if (r->no_memory)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the text needs more than the %zu MB a document may have",
                       ZD_DOCUMENT_MAX_ARENA_BYTES / ZD_MiB);
    *ret_id = id;
    *ret_parsed = parsed;
    return ZD_OK;
}

enum zd_status zd_frame_read(struct zd_bytes answer, size_t *at, struct zd_arena *arena,
                             struct zd_str *ret_id, struct zd_parsed *ret_parsed,
                             struct zd_error *err)
{
    struct zd_cursor head = zd_cursor_of(
        answer.p ? (struct zd_bytes){answer.p + *at, answer.n - *at} : (struct zd_bytes){NULL, 0});
    struct reader r = {.arena = arena};
    struct zd_bytes magic = zd_cursor_bytes(&head, 4), payload;
    uint32_t n = zd_cursor_u32(&head);
    enum zd_status st;

    if (head.bad)
        return ZD_FAIL(err, ZD_NOT_FOUND, *at, "the reader gave no answer");
    if (memcmp(magic.p, "ZDF1", 4) != 0)
        return ZD_FAIL(err, ZD_CORRUPT, *at, "the reader's answer is broken: no frame");
    payload = zd_cursor_bytes(&head, n);
    if (head.bad)
        return ZD_FAIL(err, ZD_NOT_FOUND, *at, "the reader gave no answer");
    r.c = zd_cursor_of(payload);
    st = read_payload(&r, ret_id, ret_parsed, err);
    if (st != ZD_CORRUPT)
        *at += ZD_FRAME_HEAD_BYTES + n;
    return st;
}
