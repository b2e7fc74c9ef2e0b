/* parse.c: zhidian parse FILE: its passages as JSON lines, what `add` would store.
 *
 * The first line describes the document ("document": …), each following one is a passage. Offsets
 * count characters, as everywhere outside the program.
 */
#include "base/caps.h"
#include "base/json.h"
#include "base/mapping.h"
#include "base/utf8.h"
#include "cli/cli.h"
#include "parse/spawn.h"

#define LINE_MAX_BYTES (64 * ZD_MiB)

static json_t *supersedes_json(const struct zd_facts *facts)
{
    json_t *array = json_array();

    for (uint32_t i = 0; array && i < facts->n_supersedes; i++)
        if (json_array_append_new(
                array, json_stringn(facts->supersedes[i].p, facts->supersedes[i].n)) != 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

/* What was left out, in pieces: {"hidden text": 2, …}. */
static json_t *left_out_json(const struct zd_reading *reading)
{
    json_t *o = json_object();

    for (size_t i = 0; o && i < ZD_LEFT_OUT_COUNT; i++)
        if (reading->n_left_out[i] > 0 &&
            !zd_json_set_count(o, zd_left_out_word((enum zd_left_out)i), reading->n_left_out[i])) {
            json_decref(o);
            return NULL;
        }
    return o;
}

/* NULL when memory ends. */
static json_t *document_json(const struct zd_parsed *parsed)
{
    const struct zd_facts *facts = &parsed->facts;
    json_t *o = json_object();
    bool ok = zd_json_set_str(o, "title", facts->title) &&
              zd_json_set_str(o, "format", zd_str_c(parsed->blocks.format)) &&
              zd_json_set_str(o, "encoding", zd_str_c(parsed->blocks.encoding)) &&
              zd_json_set_str(o, "issuer", facts->issuer) &&
              zd_json_set_str(o, "number", facts->number) &&
              zd_json_set_str(o, "region", facts->region) &&
              zd_json_set_date(o, "issued", facts->issued) &&
              zd_json_set_date(o, "effective", facts->effective) &&
              zd_json_set_date(o, "expires", facts->expires) &&
              zd_json_set_new(o, "supersedes", supersedes_json(facts)) &&
              zd_json_set_count(o, "passages", parsed->passages.n) &&
              zd_json_set_count(o, "pages", parsed->blocks.reading.n_pages) &&
              zd_json_set_count(o, "pages_without_text", parsed->blocks.reading.n_pages_no_text) &&
              zd_json_set_count(o, "tables", parsed->blocks.reading.n_tables) &&
              zd_json_set_new(o, "left_out", left_out_json(&parsed->blocks.reading));

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

/* Passages come in reading order, so characters are counted on from the last one. */
struct char_counter {
    struct zd_str text;
    size_t bytes, chars;
};

static size_t chars_at(struct char_counter *c, size_t byte)
{
    if (byte < c->bytes)
        c->bytes = c->chars = 0;
    c->chars += zd_utf8_chars(zd_str_cut(c->text, c->bytes, byte));
    c->bytes = byte;
    return c->chars;
}

static json_t *passage_json(const struct zd_passage *p, struct char_counter *counter)
{
    json_t *o = json_object();
    size_t start = chars_at(counter, p->start), end = chars_at(counter, p->end);
    bool ok = zd_json_set_str(o, "kind", zd_str_c(zd_passage_kind_word(p->kind))) &&
              zd_json_set_str(o, "path", p->path) && zd_json_set_str(o, "number", p->number) &&
              zd_json_set_str(o, "field", zd_str_c(zd_guide_field_word(p->field))) &&
              zd_json_set_str(o, "context", p->context) &&
              zd_json_set_new(o, "page", p->page ? json_integer(p->page) : json_null()) &&
              zd_json_set_count(o, "start", start) && zd_json_set_count(o, "end", end) &&
              zd_json_set_str(o, "text", zd_str_cut(counter->text, p->start, p->end));

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

/* Prints one object as a line and ends it. */
static enum zd_status print_line(json_t *object, struct zd_buf *line, struct zd_error *err)
{
    enum zd_status st;

    zd_buf_clear(line);
    if (object)
        st = zd_json_write(object, line, err);
    else
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a line");
    json_decref(object);
    if (st == ZD_OK)
        printf("%.*s\n", ZD_ARG(zd_buf_view(line)));
    return st;
}

static enum zd_status print_parsed(const struct zd_parsed *parsed, struct zd_error *err)
{
    struct zd_buf line = {.max = LINE_MAX_BYTES};
    struct char_counter counter = {.text = parsed->blocks.text};
    json_t *head = json_object(), *document = document_json(parsed);
    enum zd_status st = ZD_OK;

    if (!document || json_object_set_new(head, "document", document) != 0)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a line");
    if (st == ZD_OK)
        st = print_line(head, &line, err);
    else
        json_decref(head);
    for (size_t i = 0; i < parsed->passages.n && st == ZD_OK; i++)
        st = print_line(passage_json(&parsed->passages.p[i], &counter), &line, err);
    zd_buf_done(&line);
    return st;
}

static enum zd_status parse_file(const char *path, struct zd_error *err)
{
    struct zd_owned_bytes raw = {0};
    struct zd_parsed parsed = {0};
    struct zd_arena *arena = NULL;
    struct zd_parser *parser = NULL;
    enum zd_status st = zd_file_read(path, ZD_UPLOAD_MAX_BYTES, &raw, err);

    if (st != ZD_OK)
        return st;
    arena = zd_arena_new(ZD_DOCUMENT_MAX_ARENA_BYTES);
    if (!arena)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for reading %s", path);
    if (st == ZD_OK)
        st = zd_parser_open(NULL, &parser, err);
    if (st == ZD_OK)
        st = zd_parser_file(parser, (struct zd_bytes){raw.p, raw.n}, zd_str_c(path), arena, &parsed,
                            err);
    if (st == ZD_OK)
        st = print_parsed(&parsed, err);
    zd_parser_close(parser);
    zd_arena_free(arena);
    zd_free(raw.p);
    return st;
}

int zd_command_parse(struct zd_cli *cli, int argc, char **argv)
{
    static const struct zd_usage usage = {
        .command = "parse",
        .arguments = "FILE",
        .summary = "输出一份文件的段落（JSON 行），即 add 将存入的内容；首行是文件本身的信息。\n"
                   "Prints the passages of one file as JSON lines: what `add` would store. The\n"
                   "first line tells what the text says about itself.",
        .min_arguments = 1,
        .max_arguments = 1,
    };
    struct zd_error err = {0};
    int first, exit_status;

    (void)cli;
    if (!zd_options_read(&usage, argc, argv, &first, &exit_status))
        return exit_status;
    return parse_file(argv[first], &err) == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}
