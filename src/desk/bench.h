/* bench: what this build does on this machine with the office's own texts: how fast memory is
 * read, postings are decoded, questions are answered by length, and the index is built.
 *
 * Questions are runs of the office's own text from spread-out passages, so they need no file and
 * their terms are as frequent as the office's. They are harder than a citizen's in that all their
 * words occur, and easier in that one passage matches all of them.
 */
#ifndef ZD_DESK_BENCH_H
#define ZD_DESK_BENCH_H

#include <stdatomic.h>

#include "ingest/office.h"

#define ZD_BENCH_LENGTHS 4

/* Milliseconds over the questions of one length. */
struct zd_bench_times {
    double median, p99;
};

struct zd_bench_latency {
    uint32_t n_min, n_max; /* tokens of a question */
    uint32_t n_questions;
    double n_terms;               /* distinct terms, mean */
    struct zd_bench_times index;  /* folded, cut into terms, 100 best passages */
    struct zd_bench_times search; /* the same and the ranking of a desk, 10 best */
};

/* The nearest 100 passages by the office's model; all 0 where the index has no vectors of it. */
struct zd_bench_vectors {
    uint64_t n_vectors;
    uint32_t n_dims, n_questions;
    double encode_us, tokens_m_s; /* a question's vector, median; tokens of texts made vectors */
    double exact_ms, exact_gb_s, exact_of_read; /* every vector read; medians */
    double signs_ms, recall; /* signs first; share of the exact best that it finds */
};

struct zd_bench_figures {
    /* memory */
    double read_gb_s; /* one thread, far more than the caches hold */
    /* index */
    uint64_t n_passages, n_postings, n_index_bytes, n_segments;
    double postings_m_s, decode_gb_s; /* million postings, and bytes they stand in, a second */
    double decode_of_read;            /* decode_gb_s / read_gb_s */
    struct zd_bench_latency latency[ZD_BENCH_LENGTHS];
    struct zd_bench_vectors vectors;
    /* build: fold, tokens, segment, sync; one thread, from text in memory */
    uint64_t n_built;
    double built_passages_s, built_mb_s; /* of text */
    double terms_share;                  /* of the time: fold and tokens */
    double peak_mb;                      /* of the process, without the bandwidth's buffer */
};

struct zd_bench_options {
    const char *folder;        /* an empty folder for the built index; it is left empty */
    const atomic_bool *cancel; /* NULL: never */
    void (*on_stage)(void *context, unsigned stage, unsigned n_stages);
    void *context;
};

/* Measures. The office must hold at least 50 passages. Errors: ZD_INVALID too few passages or
 * cancelled; those of the office, the index and the store. Cost: some seconds, about 300 MB. */
enum zd_status zd_bench_run(struct zd_office *office, const struct zd_bench_options *options,
                            struct zd_bench_figures *ret_figures, struct zd_error *err) ZD_MUST_USE;

#endif
