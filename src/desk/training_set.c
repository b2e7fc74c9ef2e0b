/* training_set.c: see training_set.h. */
#include "desk/training_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/json.h"
#include "desk/question_file.h"
#include "desk/score.h"
#include "store/document.h"
#include "store/passage.h"
#include "store/version.h"
#include "text/text.h"

#define ARENA_BYTES (2048 * ZD_MiB)
#define SCRATCH_BYTES ZD_DOCUMENT_MAX_ARENA_BYTES
#define PAGE_DOCUMENTS 256
#define DOCUMENTS_MAX (1u << 22)
#define PASSAGES_EACH 16 /* to be found for one question */
#define SHORT_DOCUMENT 3 /* passages: all of them answer where none holds the words */
#define GOLD_MIN_CHARS 2 /* a shorter gold text stands anywhere */
#define GOLDS_EACH 8
#define RELEVANT_EACH 64

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the questions to learn from");
}

/* ---- documents ---- */

static enum zd_status list_page(struct zd_training_set *set, struct zd_arena *scratch,
                                int64_t *after, size_t *cap, struct zd_error *err)
{
    struct zd_store *store = zd_view_store(set->view);
    struct zd_document_list list = {0};
    enum zd_status st;

    zd_arena_reset(scratch);
    st = zd_document_page(store, zd_subject_owner(), *after, PAGE_DOCUMENTS, scratch, &list, err);
    *after = st == ZD_OK && list.n > 0 ? list.p[list.n - 1].key : 0;
    for (size_t i = 0; st == ZD_OK && i < list.n; i++) {
        struct zd_version_list versions = {0};
        struct zd_str key = list.p[i].title_key;
        struct zd_training_document *d;

        if (!zd_grow(&set->documents, cap, set->n_documents + 1, sizeof *set->documents,
                     DOCUMENTS_MAX))
            return no_memory(err);
        st = zd_version_of_document(store, zd_subject_owner(), list.p[i].key, scratch, &versions,
                                    err);
        if (st != ZD_OK || versions.n == 0)
            continue;
        key = zd_str_cut(key, zd_str_starts(key, ZD_STR("=")) ? 1 : 0, key.n);
        d = &set->documents[set->n_documents++];
        *d = (struct zd_training_document){
            .id = zd_arena_str(set->arena, list.p[i].id),
            .source = zd_arena_str(set->arena, versions.p[versions.n - 1].source),
            .key = list.p[i].key,
            .text = zd_memory_text(versions.p[versions.n - 1].text_hash),
            .title = key.n > 0 ? zd_title_term(key) : 0};
        if (!d->id.p || !d->source.p)
            return no_memory(err);
    }
    return st;
}

static int order_documents(const void *a, const void *b)
{
    const struct zd_training_document *x = a, *y = b;

    return zd_str_cmp(x->id, y->id);
}

/* All documents, by id. */
static enum zd_status list_documents(struct zd_training_set *set, struct zd_error *err)
{
    struct zd_arena *scratch = zd_arena_new(SCRATCH_BYTES);
    int64_t after = 0;
    size_t cap = 0;
    enum zd_status st = scratch ? ZD_OK : no_memory(err);

    while (st == ZD_OK) {
        st = list_page(set, scratch, &after, &cap, err);
        if (after == 0)
            break;
    }
    zd_arena_free(scratch);
    if (st == ZD_OK && set->n_documents > 0)
        qsort(set->documents, set->n_documents, sizeof *set->documents, order_documents);
    return st;
}

/* A name in "relevant" is a public id or the end of a path at a folder's border. */
static uint32_t document_named(const struct zd_training_set *set, struct zd_str name)
{
    const struct zd_training_document wanted = {.id = name}, *found;

    if (set->n_documents == 0 || name.n == 0)
        return UINT32_MAX;
    found = bsearch(&wanted, set->documents, set->n_documents, sizeof wanted, order_documents);
    if (found)
        return (uint32_t)(found - set->documents);
    for (size_t i = 0; i < set->n_documents; i++) {
        const struct zd_str source = set->documents[i].source;

        if (zd_str_ends(source, name) &&
            (source.n == name.n || source.p[source.n - name.n - 1] == '/'))
            return (uint32_t)i;
    }
    return UINT32_MAX;
}

/* ---- questions ---- */

static enum zd_status read_golds(struct zd_training_set *set, const json_t *o,
                                 struct zd_training_question *q, struct zd_error *err)
{
    const json_t *many = json_object_get(o, "answers"), *one = json_object_get(o, "answer");
    const size_t n = json_is_array(many) ? json_array_size(many) : one ? 1 : 0;

    q->golds = zd_arena_array(set->arena, GOLDS_EACH, sizeof *q->golds);
    if (!q->golds)
        return no_memory(err);
    for (size_t i = 0; i < n && q->n_golds < GOLDS_EACH; i++) {
        const json_t *gold = json_is_array(many) ? json_array_get(many, i) : one;

        if (!json_is_string(gold) || json_string_length(gold) == 0)
            continue;
        q->golds[q->n_golds] = zd_arena_str(
            set->arena, (struct zd_str){json_string_value(gold), json_string_length(gold)});
        if (!q->golds[q->n_golds++].p)
            return no_memory(err);
    }
    return ZD_OK;
}

static enum zd_status read_relevant(struct zd_training_set *set, const json_t *o,
                                    struct zd_training_question *q, struct zd_error *err)
{
    const json_t *relevant = json_object_get(o, "relevant");

    q->documents = zd_arena_array(set->arena, RELEVANT_EACH, sizeof *q->documents);
    q->passages = zd_arena_array(set->arena, PASSAGES_EACH, sizeof *q->passages);
    if (!q->documents || !q->passages)
        return no_memory(err);
    for (size_t i = 0; i < json_array_size(relevant) && q->n_documents < RELEVANT_EACH; i++) {
        const json_t *name = json_array_get(relevant, i);
        const uint32_t place =
            document_named(set, (struct zd_str){json_string_value(name), json_string_length(name)});

        if (place != UINT32_MAX)
            q->documents[q->n_documents++] = place;
    }
    return ZD_OK;
}

static enum zd_status read_question(struct zd_training_set *set, const json_t *o, size_t *cap,
                                    struct zd_error *err)
{
    struct zd_training_question q = {0};
    const struct zd_str text = zd_str_trim(zd_json_str(o, "query"));
    enum zd_status st;

    if (text.n == 0 || text.n > ZD_QUESTION_MAX_BYTES)
        return ZD_OK;
    q.text = zd_arena_str(set->arena, text);
    q.region = zd_arena_str(set->arena, zd_json_str(o, "region"));
    (void)!zd_date_parse(zd_json_str(o, "as_of"), &q.on, NULL); /* none, or none that is a day */
    st = q.text.p && q.region.p ? read_relevant(set, o, &q, err) : no_memory(err);
    if (st == ZD_OK && q.n_documents > 0)
        st = read_golds(set, o, &q, err);
    if (st != ZD_OK || (q.n_documents == 0 && json_array_size(json_object_get(o, "relevant")) > 0))
        return st;
    if (!zd_grow(&set->questions, cap, set->n_questions + 1, sizeof *set->questions, 1u << 22))
        return no_memory(err);
    set->questions[set->n_questions++] = q;
    return ZD_OK;
}

static enum zd_status read_questions(struct zd_training_set *set, struct zd_str text,
                                     struct zd_error *err)
{
    struct zd_arena *scratch = zd_arena_new(64 * ZD_MiB);
    uint64_t number = 0;
    size_t cap = 0;
    enum zd_status st = scratch ? ZD_OK : no_memory(err);

    for (size_t at = 0; st == ZD_OK && at < text.n;) {
        const struct zd_str line = zd_question_line(text, &at);
        json_t *o = NULL;

        number++;
        if (line.n == 0)
            continue;
        zd_arena_reset(scratch);
        st = zd_question_parse(line, number, scratch, &o, err);
        if (st == ZD_OK)
            st = read_question(set, o, &cap, err);
        json_decref(o);
    }
    zd_arena_free(scratch);
    return st;
}

enum zd_status zd_training_set_open(struct zd_training_set *set, const char *office,
                                    struct zd_str questions, struct zd_error *err)
{
    struct zd_training_set s = {0};
    enum zd_status st = ZD_OK;

    s.arena = zd_arena_new(ARENA_BYTES);
    if (!s.arena)
        st = no_memory(err);
    if (st == ZD_OK)
        st = zd_office_open(office, &s.office, err);
    if (st == ZD_OK)
        st = zd_view_open(s.office, &s.view, err);
    if (st == ZD_OK)
        st = zd_view_begin(s.view, err);
    if (st == ZD_OK)
        st = list_documents(&s, err);
    if (st == ZD_OK)
        st = read_questions(&s, questions, err);
    if (st != ZD_OK) {
        zd_training_set_close(&s);
        return st;
    }
    *set = s;
    return ZD_OK;
}

void zd_training_set_close(struct zd_training_set *set)
{
    zd_view_close(set->view);
    zd_office_close(set->office);
    zd_free(set->documents);
    zd_free(set->questions);
    zd_arena_free(set->arena);
    *set = (struct zd_training_set){0};
}

/* ---- into a corpus ---- */

/* The questions that a document answers, as a chain through `next`. */
struct adding {
    struct zd_training_set *set;
    struct zd_corpus *corpus;
    struct zd_arena *scratch;
    uint32_t *first; /* [n_documents] place in links + 1 */
    struct link {
        uint32_t question, next;
    } * links;
    uint32_t *numbers;           /* [n_questions][PASSAGES_EACH] the corpus's */
    struct zd_score_text *golds; /* [n_questions][GOLDS_EACH] */
};

static enum zd_status link_questions(struct adding *a, struct zd_error *err)
{
    struct zd_training_set *set = a->set;
    size_t n = 0;

    for (size_t i = 0; i < set->n_questions; i++)
        n += set->questions[i].n_documents;
    a->first = zd_arena_array(set->arena, set->n_documents + 1, sizeof *a->first);
    a->links = zd_arena_array(set->arena, n + 1, sizeof *a->links);
    a->numbers =
        zd_arena_array(set->arena, set->n_questions + 1, PASSAGES_EACH * sizeof *a->numbers);
    a->golds = zd_arena_array(set->arena, set->n_questions + 1, GOLDS_EACH * sizeof *a->golds);
    if (!a->first || !a->links || !a->numbers || !a->golds)
        return no_memory(err);
    n = 0;
    for (size_t i = 0; i < set->n_questions; i++) {
        const struct zd_training_question *q = &set->questions[i];

        for (size_t k = 0; k < q->n_documents; k++) {
            a->links[n] = (struct link){(uint32_t)i, a->first[q->documents[k]]};
            a->first[q->documents[k]] = (uint32_t)++n;
        }
        for (size_t k = 0; k < q->n_golds; k++) {
            enum zd_status st =
                zd_score_text_of(q->golds[k], set->arena, &a->golds[i * GOLDS_EACH + k], err);

            if (st != ZD_OK)
                return st;
        }
    }
    return ZD_OK;
}

static bool holds_gold(const struct adding *a, uint32_t question, const struct zd_score_text *text)
{
    const struct zd_training_question *q = &a->set->questions[question];

    for (size_t k = 0; k < q->n_golds; k++) {
        const struct zd_score_text *gold = &a->golds[question * GOLDS_EACH + k];

        if (gold->n >= GOLD_MIN_CHARS && zd_score_contains(text, gold))
            return true;
    }
    return false;
}

static void note_passage(struct adding *a, uint32_t question, int64_t key, uint32_t number,
                         bool holds)
{
    struct zd_training_question *q = &a->set->questions[question];

    if (holds && !q->holds_words) { /* from here on only such passages */
        q->holds_words = true;
        q->n_passages = 0;
    }
    if ((q->holds_words && !holds) || q->n_passages == PASSAGES_EACH)
        return;
    a->numbers[question * PASSAGES_EACH + q->n_passages] = number;
    q->passages[q->n_passages++] = key;
}

/* Notes a passage with every question that its document answers. */
static enum zd_status match_passage(struct adding *a, uint32_t document, bool is_short,
                                    const struct zd_stored_passage *passage, uint32_t number,
                                    struct zd_error *err)
{
    struct zd_score_text text = {0};
    enum zd_status st;

    if (a->first[document] == 0)
        return ZD_OK;
    st = zd_score_text_of(passage->text, a->scratch, &text, err);
    if (st != ZD_OK)
        return st;
    for (uint32_t l = a->first[document]; l != 0; l = a->links[l - 1].next) {
        const uint32_t question = a->links[l - 1].question;
        const bool holds = holds_gold(a, question, &text);

        if (holds || is_short)
            note_passage(a, question, passage->key, number, holds);
    }
    return ZD_OK;
}

static enum zd_status add_document(struct adding *a, uint32_t document, struct zd_error *err)
{
    struct zd_store *store = zd_view_store(a->set->view);
    struct zd_version_list versions = {0};
    struct zd_stored_passage_list passages = {0};
    const struct zd_version *newest;
    enum zd_status st;

    zd_arena_reset(a->scratch);
    st = zd_version_of_document(store, zd_subject_owner(), a->set->documents[document].key,
                                a->scratch, &versions, err);
    if (st != ZD_OK || versions.n == 0)
        return st;
    newest = &versions.p[versions.n - 1];
    st = zd_passage_of_version(store, zd_subject_owner(), newest->key, 0, ZD_DOCUMENT_MAX_PASSAGES,
                               true, a->scratch, &passages, err);
    for (size_t i = 0; st == ZD_OK && i < passages.n; i++) {
        const struct zd_stored_passage *p = &passages.p[i];
        const struct zd_str headings =
            zd_arena_printf(a->scratch, "%.*s\n%.*s", (int)p->path.n, p->path.p ? p->path.p : "",
                            (int)p->context.n, p->context.p ? p->context.p : "");
        const struct zd_str body = zd_arena_printf(a->scratch, "%.*s\n%.*s", (int)p->number.n,
                                                   p->number.p ? p->number.p : "", (int)p->text.n,
                                                   p->text.p ? p->text.p : "");
        uint32_t number = 0;

        if (!headings.p || !body.p)
            return no_memory(err);
        st = zd_corpus_add_passage(a->corpus, newest->title, headings, body, &number, err);
        if (st == ZD_OK)
            st = match_passage(a, document, passages.n <= SHORT_DOCUMENT, p, number, err);
    }
    return st;
}

/* By the document where its words answer, else by the question. */
static uint32_t fold_of(const struct zd_training_set *set, const struct zd_training_question *q)
{
    const struct zd_str by = q->holds_words ? set->documents[q->documents[0]].id : q->text;

    return (uint32_t)(zd_hash64(zd_str_bytes(by), 0) % ZD_TRAINING_FOLDS);
}

static enum zd_status add_questions(struct adding *a, uint32_t repeat, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < a->set->n_questions; i++) {
        struct zd_training_question *q = &a->set->questions[i];

        q->fold = fold_of(a->set, q);
        st = zd_corpus_add_question(
            a->corpus,
            &(struct zd_corpus_asked){
                .question = q->text,
                .answer = q->n_golds > 0 && !q->holds_words ? q->golds[0] : (struct zd_str){0},
                .relevant = a->numbers + i * PASSAGES_EACH,
                .n = q->n_passages,
                .fold = q->fold,
                .repeat = repeat},
            err);
    }
    return st;
}

enum zd_status zd_training_set_add(struct zd_training_set *set, struct zd_corpus *corpus,
                                   uint32_t repeat, struct zd_error *err)
{
    struct adding a = {.set = set, .corpus = corpus};
    enum zd_status st = link_questions(&a, err);

    a.scratch = zd_arena_new(SCRATCH_BYTES);
    if (st == ZD_OK && !a.scratch)
        st = no_memory(err);
    for (uint32_t i = 0; st == ZD_OK && i < set->n_documents; i++)
        st = add_document(&a, i, err);
    if (st == ZD_OK)
        st = add_questions(&a, repeat, err);
    zd_arena_free(a.scratch);
    return st;
}
