/* corpus_stats.c: one pass, an open hash table from terms to the passages that hold them. */
#include "corpus_stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/caps.h"
#include "base/json.h"
#include "base/utf8.h"
#include "text/text.h"

#define TABLE_START 65536u
#define PASSAGE_MAX_TOKENS 100000u

struct slot {
    uint64_t term; /* 0: free */
    uint32_t df;
};

struct counting {
    struct slot *table; /* [mask + 1] */
    size_t mask, n_terms;
    uint64_t tokens[PASSAGE_MAX_TOKENS];
    size_t n_tokens;
    uint32_t *lengths; /* [n_passages] characters */
    size_t lengths_cap;
    struct zd_buf folded;
    struct zd_bench_stats sum;
};

static size_t place_of(const struct counting *c, uint64_t term)
{
    size_t at = (size_t)((term * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & c->mask;

    while (c->table[at].term && c->table[at].term != term)
        at = (at + 1) & c->mask;
    return at;
}

static bool grow_table(struct counting *c)
{
    struct slot *old = c->table;
    const size_t n_old = old ? c->mask + 1 : 0, n = old ? 2 * n_old : TABLE_START;
    struct slot *table = zd_alloc(n * sizeof *table);

    if (!table)
        return false;
    c->table = table;
    c->mask = n - 1;
    for (size_t i = 0; i < n_old; i++)
        if (old[i].term)
            table[place_of(c, old[i].term)] = old[i];
    zd_free(old);
    return true;
}

static bool take_token(void *context, const struct zd_token *token)
{
    struct counting *c = context;

    if (c->n_tokens == PASSAGE_MAX_TOKENS)
        return false;
    c->tokens[c->n_tokens++] = token->term;
    return true;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static bool count_terms(struct counting *c)
{
    qsort(c->tokens, c->n_tokens, sizeof *c->tokens, by_value);
    for (size_t i = 0, end; i < c->n_tokens; i = end) {
        struct slot *slot;

        for (end = i + 1; end < c->n_tokens && c->tokens[end] == c->tokens[i];)
            end++;
        if (2 * c->n_terms >= c->mask && !grow_table(c))
            return false;
        slot = &c->table[place_of(c, c->tokens[i])];
        c->n_terms += slot->term == 0;
        slot->term = c->tokens[i];
        slot->df++;
        c->sum.n_postings++;
        c->sum.tf_share[end - i < 4 ? end - i - 1 : 3]++;
    }
    return true;
}

static enum zd_status count_passage(struct counting *c, struct zd_str text, struct zd_error *err)
{
    struct zd_bench_stats *s = &c->sum;

    zd_buf_clear(&c->folded);
    zd_text_fold(text, &c->folded);
    c->n_tokens = 0;
    zd_tokens(zd_buf_view(&c->folded), take_token, c);
    if (c->folded.bad || !count_terms(c) ||
        (s->n_passages == c->lengths_cap &&
         !zd_grow(&c->lengths, &c->lengths_cap, (size_t)s->n_passages + 1, sizeof *c->lengths,
                  SIZE_MAX / 64)))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the figures");
    c->lengths[s->n_passages] = (uint32_t)zd_utf8_chars(text);
    s->n_chars += c->lengths[s->n_passages++];
    s->n_tokens += c->n_tokens;
    return ZD_OK;
}

static int by_length(const void *a, const void *b)
{
    return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : 1;
}

static int by_df_down(const void *a, const void *b)
{
    const struct slot *x = a, *y = b;

    return x->df > y->df ? -1 : x->df < y->df;
}

static void finish(struct counting *c)
{
    static const unsigned percents[3] = {50, 90, 99};
    struct zd_bench_stats *s = &c->sum;
    size_t rank = 1;

    if (s->n_passages == 0)
        return;
    qsort(c->lengths, (size_t)s->n_passages, sizeof *c->lengths, by_length);
    for (int i = 0; i < 3; i++)
        s->chars_at[i] = c->lengths[(s->n_passages - 1) * percents[i] / 100];
    s->n_terms = c->n_terms;
    qsort(c->table, c->mask + 1, sizeof *c->table, by_df_down);
    for (int i = 0; i < ZD_BENCH_RANKS; i++, rank *= 10)
        s->share_at[i] =
            rank <= c->n_terms ? (double)c->table[rank - 1].df / (double)s->n_passages : 0;
    for (int i = 0; i < 4; i++)
        s->tf_share[i] /= (double)s->n_postings;
}

static enum zd_status count_line(struct counting *c, struct zd_str line, struct zd_error *err)
{
    json_t *o = NULL;
    enum zd_status st = zd_json_parse(line, &o, err);
    struct zd_str text;

    if (st != ZD_OK)
        return st;
    text = zd_json_str(o, "text");
    st = count_passage(c, text.n ? text : zd_json_str(o, "query"), err);
    json_decref(o);
    return st;
}

enum zd_status zd_bench_stats_of(const char *path, uint64_t max_passages,
                                 struct zd_bench_stats *ret_stats, struct zd_error *err)
{
    struct counting *c = zd_alloc(sizeof *c);
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    enum zd_status st = ZD_OK;

    if (!file)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "%s cannot be read", path);
    else if (!c || !grow_table(c))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the figures");
    if (st != ZD_OK)
        goto out;
    c->folded.max = 4 * ZD_TEXT_MAX_BYTES;
    while (st == ZD_OK && (n = getline(&line, &cap, file)) > 0 &&
           (max_passages == 0 || c->sum.n_passages < max_passages)) {
        if (max_passages && c->sum.n_passages == max_passages / 2)
            c->sum.terms_at_half = (double)c->n_terms;
        st = count_line(c, (struct zd_str){line, (size_t)n - (line[n - 1] == '\n')}, err);
    }
    if (st == ZD_OK) {
        finish(c);
        *ret_stats = c->sum;
    }
out:
    if (file)
        fclose(file);
    free(line);
    if (c) {
        zd_buf_done(&c->folded);
        zd_free(c->lengths);
        zd_free(c->table);
    }
    zd_free(c);
    return st;
}
