/* passage_terms: a line of a corpus as the index takes it: folded, cut into tokens, by field.
 * As src/ingest/postings.h does it, without the database. One thread at a time. */
#ifndef ZD_BENCH_PASSAGE_TERMS_H
#define ZD_BENCH_PASSAGE_TERMS_H

#include "base/buf.h"
#include "base/json.h"
#include "index/index.h"

struct zd_bench_terms {
    struct zd_buf source, folded, seen[ZD_FIELD_COUNT];
    uint64_t *p[ZD_FIELD_COUNT]; /* [n[f]] */
    size_t n[ZD_FIELD_COUNT], cap[ZD_FIELD_COUNT];
    bool failed;
};

void zd_bench_terms_init(struct zd_bench_terms *terms);
void zd_bench_terms_done(struct zd_bench_terms *terms);

/* Fills terms and counts of *ret_passage, borrowed until the next call. Errors: ZD_NOMEM. */
enum zd_status zd_bench_terms_of(struct zd_bench_terms *terms, const json_t *line,
                                 struct zd_index_passage *ret_passage,
                                 struct zd_error *err) ZD_MUST_USE;

/* The distinct terms of a question and how often each stands in it. */
struct zd_bench_question {
    uint64_t *terms; /* [n] owned */
    float *weights;  /* [n] owned */
    size_t n;
};
enum zd_status zd_bench_question_of(struct zd_bench_terms *terms, struct zd_str question,
                                    struct zd_bench_question *ret_question,
                                    struct zd_error *err) ZD_MUST_USE;
void zd_bench_question_done(struct zd_bench_question *question);

#endif
