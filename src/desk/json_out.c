/* json_out.c: answers and searches as the contract's JSON objects (see desk.h). */
#include "base/json.h"
#include "desk/desk.h"
#include "store/version.h"

/* NULL when memory ends. */
static json_t *citation_json(const struct zd_citation *c)
{
    json_t *o = json_object();
    bool ok = zd_json_set_str(o, "document", c->document) &&
              zd_json_set_count(o, "version", c->version) &&
              zd_json_set_str(o, "title", c->title) && zd_json_set_str(o, "issuer", c->issuer) &&
              zd_json_set_str(o, "number", c->number) && zd_json_set_str(o, "path", c->path) &&
              zd_json_set_new(o, "page", c->page ? json_integer(c->page) : json_null()) &&
              zd_json_set_count(o, "start", c->start) && zd_json_set_count(o, "end", c->end) &&
              zd_json_set_str(o, "text", c->text) &&
              zd_json_set_date(o, "effective", c->effective) &&
              zd_json_set_date(o, "expires", c->expires) &&
              zd_json_set_str(o, "status", zd_str_c(zd_validity_word(c->status))) &&
              zd_json_set_str(o, "source", c->source) && zd_json_set_str(o, "url", c->url);

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

static json_t *citations_json(const struct zd_citation *citations, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; array && i < n; i++) {
        if (json_array_append_new(array, citation_json(&citations[i])) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* Only where the asker must choose. */
static bool set_choices(json_t *o, const struct zd_answer *a)
{
    json_t *array = json_array();
    bool ok = array != NULL;

    for (size_t i = 0; ok && i < a->n_choices; i++)
        ok = json_array_append_new(array, json_stringn(a->choices[i].p, a->choices[i].n)) == 0;
    ok = ok && (a->n_choices == 0 || json_object_set(o, "choices", array) == 0);
    json_decref(array);
    return ok;
}

/* Only where the question asks several things. */
static bool set_parts(json_t *o, const struct zd_answer *a)
{
    json_t *array = json_array();
    bool ok = array != NULL;

    for (size_t i = 0; ok && i < a->n_parts; i++) {
        const struct zd_answer_part *part = &a->parts[i];
        json_t *one = json_object();

        ok = zd_json_set_str(one, "question", part->question) &&
             zd_json_set_str(one, "answer", part->answer) &&
             zd_json_set_new(one, "citation",
                             part->citation == SIZE_MAX
                                 ? json_null()
                                 : json_integer((json_int_t)part->citation + 1)) &&
             json_array_append(array, one) == 0;
        json_decref(one);
    }
    ok = ok && (a->n_parts == 0 || json_object_set(o, "parts", array) == 0);
    json_decref(array);
    return ok;
}

enum zd_status zd_answer_json(const struct zd_answer *a, json_t **ret_json, struct zd_error *err)
{
    json_t *o = json_object();
    bool ok = zd_json_set_str(o, "id", a->id) && zd_json_set_str(o, "question", a->question.text) &&
              zd_json_set_str(o, "understood", a->question.understood) &&
              zd_json_set_str(o, "answer", a->answer) &&
              zd_json_set_str(o, "mode", a->counted ? ZD_STR("counted") : ZD_STR("extractive")) &&
              zd_json_set_new(o, "refused", json_boolean(a->refused)) &&
              zd_json_set_str(o, "reason", a->reason) &&
              zd_json_set_new(o, "confidence", json_real(a->confidence)) &&
              zd_json_set_date(o, "as_of", a->question.on) &&
              zd_json_set_str(o, "region", a->question.region) &&
              zd_json_set_new(o, "partial", json_boolean(a->partial)) &&
              zd_json_set_new(o, "took_ms", json_real((double)a->took_us / 1000)) &&
              zd_json_set_new(o, "citations", citations_json(a->citations, a->n_citations)) &&
              set_choices(o, a) && set_parts(o, a);

    if (!ok) {
        json_decref(o);
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the answer");
    }
    *ret_json = o;
    return ZD_OK;
}

static json_t *parts_json(const struct zd_score_part *parts, size_t n)
{
    json_t *array = json_array();

    for (size_t i = 0; array && i < n; i++) {
        json_t *part = json_object();
        bool ok = zd_json_set_str(part, "what", parts[i].what) &&
                  zd_json_set_new(part, "part", json_real((double)parts[i].part));

        if (!ok) {
            json_decref(part);
            part = NULL;
        }
        if (json_array_append_new(array, part) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *explanation_json(const struct zd_explanation *e)
{
    json_t *o = json_object();

    if (zd_json_set_new(o, "words", parts_json(e->words, e->n_words)) &&
        zd_json_set_new(o, "features", parts_json(e->features, e->n_features)))
        return o;
    json_decref(o);
    return NULL;
}

static json_t *found_json(const struct zd_found *found, size_t rank)
{
    json_t *o = citation_json(&found->citation);
    bool ok = o && zd_json_set_count(o, "rank", rank) &&
              zd_json_set_str(o, "kind", found->citation.kind) &&
              zd_json_set_new(o, "score", json_real((double)found->ranked.score)) &&
              (found->explanation.n_features == 0 ||
               zd_json_set_new(o, "explanation", explanation_json(&found->explanation)));

    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

enum zd_status zd_search_json(const struct zd_search *search, json_t **ret_json,
                              struct zd_error *err)
{
    json_t *o = json_object(), *hits = json_array();
    bool ok = hits != NULL;

    for (size_t i = 0; ok && i < search->n; i++)
        ok = json_array_append_new(hits, found_json(&search->p[i], i + 1)) == 0;
    ok = ok && zd_json_set_str(o, "question", search->question.text) &&
         zd_json_set_str(o, "understood", search->question.understood) &&
         zd_json_set_date(o, "as_of", search->question.on) &&
         zd_json_set_str(o, "region", search->question.region) &&
         zd_json_set_new(o, "partial", json_boolean(search->partial)) &&
         zd_json_set_new(o, "took_ms", json_real((double)search->took_us / 1000)) &&
         json_object_set(o, "hits", hits) == 0;
    json_decref(hits);
    if (!ok) {
        json_decref(o);
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the hits");
    }
    *ret_json = o;
    return ZD_OK;
}
