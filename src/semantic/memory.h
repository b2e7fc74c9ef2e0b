/* memory: which questions were answered by which texts, so that the next alike finds them at once.
 *
 * A question is kept as the signs of its vector (32 bytes at 256 dimensions): the angle between two
 * vectors is about π × the share of signs that differ (Charikar, "Similarity Estimation Techniques
 * from Rounding Algorithms", STOC 2002). A text is known by what it says, the first 8 bytes of the
 * SHA-256 of a version's text, so that the same text in another office has the same answers behind
 * it, and an amended one begins anew.
 *
 * The section MEMO, little-endian; sketches are of the encoder in the same file:
 *
 *     u32 n_questions, u32 sketch_bytes, u32 n_answers, u32 zero
 *     u8 sketch[n_questions][sketch_bytes]     bit k of byte k ÷ 8: component k is at least 0
 *     n_answers × { u64 text, ascending; u32 question < n_questions; u32 zero }
 *
 * Threads: an open memory is immutable.
 */
#ifndef ZD_SEMANTIC_MEMORY_H
#define ZD_SEMANTIC_MEMORY_H

#include "base/base.h"
#include "base/buf.h"
#include "semantic/encoder.h"

#define ZD_MEMORY_SKETCH_MAX (ZD_ENCODER_MAX_DIMS / 8)

/* A section, read: views into bytes that outlive it; zero is an empty memory. */
struct zd_memory {
    const uint8_t *sketches; /* [n_questions][sketch_bytes] */
    const uint8_t *answers;  /* [n_answers] records */
    uint32_t n_questions, sketch_bytes, n_answers;
};

/* Errors: ZD_CORRUPT. */
enum zd_status zd_memory_open(struct zd_bytes section, struct zd_memory *ret_memory,
                              struct zd_error *err) ZD_MUST_USE;

/* The signs of a vector [n_dims], n_dims a multiple of 8: ret_sketch [n_dims / 8]. */
void zd_memory_sketch(const int8_t *vector, uint32_t n_dims, uint8_t *ret_sketch);

/* The name of a text whose SHA-256 this is. */
uint64_t zd_memory_text(const uint8_t *sha256);

/* The answers that a text gave: a run of the table. */
struct zd_memory_run {
    uint32_t first, n;
};
struct zd_memory_run zd_memory_of_text(const struct zd_memory *memory, uint64_t text);

/* How a question stands to those that a text has answered. `but_same` leaves out questions with
 * the very sketch, or one that training on has since moved a little (1 sign in 16): the question that
 * is asked in training must not be its own evidence. */
struct zd_memory_match {
    uint32_t n;  /* questions */
    float alike; /* the cosine of the nearest, from its sketch; 0 where there is none */
    bool same;   /* the nearest has the very sketch */
};
struct zd_memory_match zd_memory_match(const struct zd_memory *memory, struct zd_memory_run run,
                                       const uint8_t *sketch, bool but_same);

/* Answer i < n_answers of the table. */
struct zd_memory_answer {
    uint64_t text;
    uint32_t question;
};
struct zd_memory_answer zd_memory_answer_at(const struct zd_memory *memory, size_t i);

/* Appends a section: sketches [n_questions][sketch_bytes], and answers [n_answers] in any order.
 * Errors show in the buffer; ZD_NOMEM. */
struct zd_memory_source {
    const uint8_t *sketches;
    const struct zd_memory_answer *answers;
    uint32_t n_questions, sketch_bytes, n_answers;
};
enum zd_status zd_memory_write(const struct zd_memory_source *source, struct zd_buf *out,
                               struct zd_error *err) ZD_MUST_USE;

#endif
