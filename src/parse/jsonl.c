/* jsonl.c: one document from one line of a JSON-lines file, see parse.h.
 *
 * Members that are missing or null are unknown, those nobody knows are passed over, and a known one
 * of another kind is an error. What the line says stands above what the text says. A line with a 第…条 number is one clause, its text untouched.
 */
#include "base/caps.h"
#include "base/date.h"
#include "base/json.h"
#include "base/utf8.h"
#include "parse/parse_private.h"
#include "text/text.h"

struct line {
    json_t *json;
    struct zd_str id, title, text, path, issuer, number, region, clause;
    int32_t effective, expires;
};

static enum zd_status string_member(const json_t *json, const char *key, bool needed,
                                    struct zd_str *ret, struct zd_error *err)
{
    const json_t *value = json_object_get(json, key);

    if (!value || json_is_null(value)) {
        if (needed)
            return ZD_FAIL(err, ZD_INVALID, 0, "the member \"%s\" is missing", key);
        *ret = ZD_STR("");
        return ZD_OK;
    }
    if (!json_is_string(value))
        return ZD_FAIL(err, ZD_INVALID, 0, "the member \"%s\" is not a string", key);
    *ret = (struct zd_str){json_string_value(value), json_string_length(value)};
    return ZD_OK;
}

static enum zd_status date_member(const json_t *json, const char *key, int32_t *ret,
                                  struct zd_error *err)
{
    struct zd_str text;
    enum zd_status st = string_member(json, key, false, &text, err);

    if (st != ZD_OK || text.n == 0)
        return st;
    if (zd_date_parse(text, ret, NULL) != ZD_OK)
        return ZD_FAIL(err, ZD_INVALID, 0, "the member \"%s\" is not a date of the form 2026-03-01",
                       key);
    return ZD_OK;
}

/* An array of strings, or one string, as a path. */
static enum zd_status headings_member(const json_t *json, struct zd_arena *arena,
                                      struct zd_str *ret_path, struct zd_error *err)
{
    const json_t *value = json_object_get(json, "headings");
    struct zd_buf path = {.max = (size_t)ZD_TITLE_MAX_BYTES * ZD_PATH_MAX_LEVELS};
    struct zd_str copy;
    size_t n = json_is_array(value) ? json_array_size(value) : 0;

    if (!value || json_is_null(value))
        return ZD_OK;
    if (json_is_string(value))
        return string_member(json, "headings", false, ret_path, err);
    if (!json_is_array(value) || n > ZD_PATH_MAX_LEVELS)
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "the member \"headings\" is not a list of at most %d strings",
                       ZD_PATH_MAX_LEVELS);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(value, i);
        struct zd_str words;

        if (!json_is_string(item)) {
            zd_buf_done(&path);
            return ZD_FAIL(err, ZD_INVALID, 0,
                           "the member \"headings\" holds something that is "
                           "not a string");
        }
        words = zd_parse__squeeze(
            (struct zd_str){json_string_value(item), json_string_length(item)}, arena);
        if (path.n)
            zd_buf_c(&path, " > ");
        zd_buf_str(&path, words);
    }
    copy = zd_arena_str(arena, zd_buf_view(&path));
    zd_buf_done(&path);
    if (!copy.p)
        return zd_parse__no_memory(arena, "the headings of the document", err);
    *ret_path = copy;
    return ZD_OK;
}

static bool is_article_number(struct zd_str number)
{
    struct zd_parse__mark mark;

    return zd_parse__mark_read(number, &mark) && mark.kind == ZD_PARSE__ARTICLE &&
           mark.n_number == number.n;
}

static enum zd_status read_members(struct line *l, struct zd_arena *arena, struct zd_error *err)
{
    enum zd_status st = string_member(l->json, "id", true, &l->id, err);

    if (st == ZD_OK)
        st = string_member(l->json, "title", false, &l->title, err);
    if (st == ZD_OK)
        st = string_member(l->json, "text", true, &l->text, err);
    if (st == ZD_OK)
        st = string_member(l->json, "issuer", false, &l->issuer, err);
    if (st == ZD_OK)
        st = string_member(l->json, "number", false, &l->number, err);
    if (st == ZD_OK)
        st = string_member(l->json, "region", false, &l->region, err);
    if (st == ZD_OK)
        st = date_member(l->json, "effective", &l->effective, err);
    if (st == ZD_OK)
        st = date_member(l->json, "expires", &l->expires, err);
    if (st == ZD_OK)
        st = headings_member(l->json, arena, &l->path, err);
    if (st != ZD_OK)
        return st;
    if (l->id.n == 0 || l->id.n > ZD_ID_MAX_BYTES)
        return ZD_FAIL(err, ZD_INVALID, 0, "the member \"id\" is empty or longer than %d bytes",
                       ZD_ID_MAX_BYTES);
    if (l->title.n > ZD_TITLE_MAX_BYTES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the member \"title\" is longer than %d bytes",
                       ZD_TITLE_MAX_BYTES);
    if (zd_parse__trim(l->text).n == 0)
        return ZD_FAIL(err, ZD_INVALID, 0, "the member \"text\" holds no text");
    if (is_article_number(l->number)) {
        l->clause = l->number;
        l->number = ZD_STR("");
    }
    return ZD_OK;
}

/* The whole text as one clause. */
static enum zd_status one_clause(const struct line *l, struct zd_arena *arena,
                                 struct zd_parsed *parsed, struct zd_error *err)
{
    struct zd_passage *p = zd_arena_array(arena, 1, sizeof *p);
    struct zd_str text = parsed->blocks.text, words = zd_parse__trim(text);

    if (!p)
        return zd_parse__no_memory(arena, "the passage", err);
    *p = (struct zd_passage){.kind = ZD_PASSAGE_CLAUSE,
                             .number = zd_arena_str(arena, l->clause),
                             .path = l->path,
                             .context = ZD_STR("")};
    p->start = (uint32_t)(words.p - text.p);
    p->end = p->start + (uint32_t)words.n;
    if (!p->number.p)
        return zd_parse__no_memory(arena, "the passage", err);
    parsed->passages = (struct zd_passages){p, 1};
    return ZD_OK;
}

/* The text's lines as blocks; without a given title, the text's own is looked for. */
static enum zd_status line_blocks(const struct line *l, struct zd_arena *arena,
                                  struct zd_parse__meta *meta, struct zd_blocks *ret_blocks,
                                  struct zd_error *err)
{
    struct zd_buf clean = {.max = ZD_TEXT_MAX_BYTES};
    struct zd_clean_report report = {0};
    struct zd_parse__maker m;
    struct zd_str line;
    size_t at = 0;
    enum zd_status st;

    zd_parse__maker_init(&m, arena);
    st = zd_clean(l->text, &clean, &report, err);
    if (st != ZD_OK)
        goto out;
    if (l->title.n == 0 && l->clause.n == 0) {
        st = zd_parse__plain(zd_buf_view(&clean), &m, err);
    } else {
        m.title = l->title;
        while (zd_parse__line_next(zd_buf_view(&clean), &at, &line))
            zd_parse__maker_add(&m, ZD_BLOCK_PARAGRAPH, 0, line);
    }
    if (st == ZD_OK)
        st = zd_parse__maker_finish(&m, ret_blocks, err);
    ret_blocks->format = "jsonl";
    ret_blocks->encoding = "UTF-8";
    *meta = m.meta;
out:
    zd_parse__maker_done(&m);
    zd_buf_done(&clean);
    return st;
}

/* Copies what the line says over what the text said. */
static enum zd_status override(const struct line *l, struct zd_arena *arena, struct zd_facts *facts,
                               struct zd_error *err)
{
    const struct {
        struct zd_str from;
        struct zd_str *to;
    } rows[] = {{l->title, &facts->title},
                {l->issuer, &facts->issuer},
                {l->number, &facts->number},
                {l->region, &facts->region}};

    for (size_t i = 0; i < ZD_COUNT(rows); i++) {
        if (rows[i].from.n == 0)
            continue;
        *rows[i].to = zd_arena_str(arena, rows[i].from);
        if (!rows[i].to->p)
            return zd_parse__no_memory(arena, "the facts", err);
    }
    if (l->effective)
        facts->effective = l->effective;
    if (l->expires)
        facts->expires = l->expires;
    return ZD_OK;
}

static enum zd_status parse_members(const struct line *l, struct zd_arena *arena,
                                    struct zd_parsed *parsed, struct zd_error *err)
{
    struct zd_parse__meta meta = {0};
    enum zd_status st = line_blocks(l, arena, &meta, &parsed->blocks, err);

    if (st != ZD_OK)
        return st;
    if (l->clause.n)
        st = one_clause(l, arena, parsed, err);
    else
        st = zd_parse__validity(&parsed->blocks, &meta, ZD_STR(""), arena, &parsed->facts, err);
    if (st == ZD_OK && l->clause.n == 0)
        st = zd_parse__structure(&parsed->blocks, l->path, arena, &parsed->passages, err);
    if (st == ZD_OK)
        st = override(l, arena, &parsed->facts, err);
    return st;
}

enum zd_status zd_parse_json_line(struct zd_str line, struct zd_arena *arena, struct zd_str *ret_id,
                                  struct zd_parsed *ret_parsed, struct zd_error *err)
{
    struct line l = {0};
    struct zd_parsed parsed = {0};
    struct zd_str id;
    enum zd_status st;

    if (line.n > ZD_JSONL_LINE_MAX_BYTES)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the line is longer than %zu MB",
                       ZD_JSONL_LINE_MAX_BYTES / ZD_MiB);
    st = zd_json_parse(line, &l.json, err);
    if (st != ZD_OK)
        return st;
    if (!json_is_object(l.json)) {
        st = ZD_FAIL(err, ZD_INVALID, 0, "the line is not a JSON object");
        goto out;
    }
    st = read_members(&l, arena, err);
    if (st != ZD_OK)
        goto out;
    id = zd_arena_str(arena, l.id);
    if (!id.p) {
        st = zd_parse__no_memory(arena, "the id", err);
        goto out;
    }
    st = parse_members(&l, arena, &parsed, err);
    if (st != ZD_OK)
        goto out;
    *ret_id = id;
    *ret_parsed = parsed;
out:
    json_decref(l.json);
    return st;
}
