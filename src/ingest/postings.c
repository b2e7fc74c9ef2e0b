/* postings: fold, cut into tokens, collect the terms. The body also gets the term of each title in
 * 《》, under the key of family.h, so that the index knows how many passages rest on a text. */
#include "ingest/postings.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/caps.h"
#include "ingest/family.h"
#include "text/text.h"

struct term_list {
    uint64_t *p; /* [n] */
    size_t n, cap;
    bool failed;
};

struct zd_postings {
    struct zd_buf source, folded;       /* being read now */
    struct zd_buf seen[ZD_FIELD_COUNT]; /* what the list of a field was made of */
    struct term_list terms[ZD_FIELD_COUNT];
    bool known[ZD_FIELD_COUNT];
    struct zd_arena *keys; /* of titles named in the passage at hand */
};

/* Folding may lengthen a text (compatibility forms); four times is more than any does on whole
 * texts. */
#define FOLDED_MAX_BYTES (4 * ZD_TEXT_MAX_BYTES)
#define KEYS_MAX_BYTES ZD_MiB
#define TITLES_MAX 256 /* named in one passage */

struct zd_postings *zd_postings_new(void)
{
    struct zd_postings *postings = zd_alloc(sizeof *postings);

    if (!postings)
        return NULL;
    postings->source.max = 2 * ZD_TEXT_MAX_BYTES;
    postings->folded.max = FOLDED_MAX_BYTES;
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        postings->seen[f].max = 2 * ZD_TEXT_MAX_BYTES;
    postings->keys = zd_arena_new(KEYS_MAX_BYTES);
    if (!postings->keys) {
        zd_postings_free(postings);
        return NULL;
    }
    return postings;
}

void zd_postings_free(struct zd_postings *postings)
{
    if (!postings)
        return;
    zd_buf_done(&postings->source);
    zd_buf_done(&postings->folded);
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        zd_buf_done(&postings->seen[f]);
        zd_free(postings->terms[f].p);
    }
    zd_arena_free(postings->keys);
    zd_free(postings);
}

static bool add_term(struct term_list *list, uint64_t term)
{
    if (list->n == list->cap &&
        !zd_grow(&list->p, &list->cap, list->n + 1, sizeof *list->p, FOLDED_MAX_BYTES)) {
        list->failed = true;
        return false;
    }
    list->p[list->n++] = term;
    return true;
}

static bool take_term(void *context, const struct zd_token *token)
{
    return add_term(context, token->term);
}

/* The terms of the titles that a text names in 《》. */
static enum zd_status add_titles(struct zd_postings *postings, struct zd_str text,
                                 struct term_list *list, struct zd_error *err)
{
    const struct zd_str open = ZD_STR("《"), close = ZD_STR("》");
    size_t at = 0;

    zd_arena_reset(postings->keys);
    for (int i = 0; i < TITLES_MAX && (at = zd_str_find(text, open, at)) != SIZE_MAX; i++) {
        size_t end = zd_str_find(text, close, at);
        struct zd_str title = zd_str_cut(text, at + open.n, end), key = {0};
        enum zd_status st;

        if (end == SIZE_MAX)
            break;
        at = end + close.n;
        if (title.n > ZD_TITLE_MAX_BYTES)
            continue;
        st = zd_family_title_key(title, postings->keys, &key, NULL, err);
        if (st != ZD_OK)
            return st;
        if (key.n > 0 && !add_term(list, zd_title_term(key)))
            break;
    }
    return ZD_OK;
}

/* The terms of what stands in postings->source, unless they are there already. */
static enum zd_status field_terms(struct zd_postings *postings, enum zd_field field,
                                  struct zd_error *err)
{
    struct term_list *list = &postings->terms[field];
    struct zd_buf *seen = &postings->seen[field];
    struct zd_str source = zd_buf_view(&postings->source);
    enum zd_status st = zd_buf_check(&postings->source, "a passage", err);

    if (st != ZD_OK)
        return st;
    if (field != ZD_FIELD_BODY && postings->known[field] && zd_str_eq(source, zd_buf_view(seen)))
        return ZD_OK;
    postings->known[field] = false;
    list->n = 0;
    list->failed = false;
    zd_buf_clear(&postings->folded);
    zd_text_fold(source, &postings->folded);
    st = zd_buf_check(&postings->folded, "a folded passage", err);
    if (st != ZD_OK)
        return st;
    zd_tokens(zd_buf_view(&postings->folded), take_term, list);
    if (field == ZD_FIELD_BODY)
        st = add_titles(postings, source, list, err);
    if (st != ZD_OK)
        return st;
    if (list->failed)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the terms of a passage");
    if (field == ZD_FIELD_BODY)
        return ZD_OK;
    zd_buf_clear(seen);
    zd_buf_str(seen, source);
    st = zd_buf_check(seen, "a heading", err);
    postings->known[field] = st == ZD_OK;
    return st;
}

enum zd_status zd_postings_of(struct zd_postings *postings, struct zd_str title,
                              const struct zd_stored_passage *passage,
                              struct zd_index_passage *ret_passage, struct zd_error *err)
{
    const struct zd_str parts[ZD_FIELD_COUNT][2] = {
        [ZD_FIELD_TITLE] = {title, {0}},
        [ZD_FIELD_HEADINGS] = {passage->path, passage->context},
        [ZD_FIELD_BODY] = {passage->number, passage->text},
    };

    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        enum zd_status st;

        zd_buf_clear(&postings->source);
        zd_buf_str(&postings->source, parts[f][0]);
        zd_buf_byte(&postings->source, '\n');
        zd_buf_str(&postings->source, parts[f][1]);
        st = field_terms(postings, (enum zd_field)f, err);
        if (st != ZD_OK)
            return st;
    }
    for (int f = 0; f < ZD_FIELD_COUNT; f++) {
        ret_passage->terms[f] = postings->terms[f].p;
        ret_passage->n_terms[f] = postings->terms[f].n;
    }
    return ZD_OK;
}
