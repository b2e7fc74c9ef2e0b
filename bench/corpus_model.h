/* corpus_model: learns how a body of texts is put together and makes new text like it.
 *
 * A recombination of short runs. The next character is, by lot,
 *
 *     cache    what followed the last character earlier in the passage that is being made
 *     topic    what followed it in a stretch of the one source document that lends its topic
 *     pair     what followed the last two characters anywhere in the source
 *     new      any character of the source, as often as it stands there (new pairs must go on
 *              appearing as a corpus grows: Heaps' law)
 *     single   else: what followed the last character anywhere
 *
 * "Topic" and "cache" give documents words of their own that they repeat, without which every
 * passage would hold more distinct terms than a real one. Lengths of passages, passages a document
 * and lengths of titles are drawn from those of the source.
 *
 * No ZD_BENCH_COPY_MAX + 1 characters in a row are ever those of the source: every such run of
 * the source stands in a Bloom filter (which misses none), and a character that would complete one
 * is drawn again.
 *
 * The same seed gives the same text on every machine. One thread at a time uses a maker; a model
 * is immutable.
 */
#ifndef ZD_BENCH_CORPUS_MODEL_H
#define ZD_BENCH_CORPUS_MODEL_H

#include "base/base.h"
#include "base/buf.h"

#define ZD_BENCH_COPY_MAX 11 /* characters */

enum zd_bench_part { ZD_BENCH_TEXT, ZD_BENCH_TITLE, ZD_BENCH_HEADING, ZD_BENCH_QUESTION };

struct zd_bench_model;

/* Learns from a JSON-lines file ("title", "headings", "text", "query") or from all files below a
 * folder, each a document whose first line is its title. `questions` may be NULL: another
 * JSON-lines file with "query". Errors: ZD_NOT_FOUND, ZD_INVALID (fewer than 100 passages), ZD_IO,
 * ZD_NOMEM. Cost: about 30 bytes a character. */
enum zd_status zd_bench_model_learn(const char *source, const char *questions,
                                    struct zd_bench_model **ret_model,
                                    struct zd_error *err) ZD_MUST_USE;
void zd_bench_model_free(struct zd_bench_model *model);

/* True where the run of ZD_BENCH_COPY_MAX + 1 characters may stand in the source (one in some
 * thousand runs that do not is said to). */
bool zd_bench_model_has_run(const struct zd_bench_model *model, const uint32_t *run);

struct zd_bench_maker {
    const struct zd_bench_model *model;
    uint64_t random;
    uint32_t topic;            /* a source document … */
    size_t follow;             /* place in the passage being made that the cache repeats, or 0 */
    size_t near_from, near_to; /* … and the part of it that the passage draws on */
};

void zd_bench_maker_begin(struct zd_bench_maker *maker, const struct zd_bench_model *model,
                          uint64_t seed, uint64_t number);
/* A number below `below`, all equally likely. */
size_t zd_bench_maker_draw(struct zd_bench_maker *maker, size_t below);
/* How many passages the next document has, as often as the source's. */
uint32_t zd_bench_maker_passages(struct zd_bench_maker *maker);

/* Appends one made title, heading, passage or question, as UTF-8 without quotes, backslashes or
 * control characters but line ends. */
void zd_bench_maker_text(struct zd_bench_maker *maker, enum zd_bench_part part, struct zd_buf *out);

/* Appends two or three Han characters that begin or end a clause of the source: a short query of
 * three or five terms. */
void zd_bench_maker_words(struct zd_bench_maker *maker, struct zd_buf *out);

#endif
