/* parsed_json.c: see parsed_json.h. */
#include "desk/parsed_json.h"

#include "base/json.h"
#include "base/utf8.h"

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

json_t *zd_parsed_document_json(const struct zd_parsed *parsed)
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
              zd_json_set_count(o, "pages_recognised", parsed->blocks.reading.n_pages_recognised) &&
              zd_json_set_count(o, "tables", parsed->blocks.reading.n_tables) &&
              zd_json_set_new(o, "left_out", left_out_json(&parsed->blocks.reading));

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

static size_t chars_at(struct zd_char_counter *c, size_t byte)
{
    if (byte < c->bytes)
        c->bytes = c->chars = 0;
    c->chars += zd_utf8_chars(zd_str_cut(c->text, c->bytes, byte));
    c->bytes = byte;
    return c->chars;
}

json_t *zd_parsed_passage_json(const struct zd_passage *p, struct zd_char_counter *counter)
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
