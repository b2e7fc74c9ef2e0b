/* encoder: a text's tokens to its vector: what training fitted, small enough to carry along.
 *
 *     vector = Σ √count(t) · scale[t] · row[t] over the distinct tokens, at unit length, each
 *     component times ZD_ENCODER_UNIT × √n_dims, rounded and cut to −127 … 127
 *
 * so that the dot product of two vectors is about their cosine × (ZD_ENCODER_UNIT² × n_dims), and
 * one step of 8 bits is a thirtieth of a usual component. The weight of a token (train.h) is part
 * of its scale. A token without a row adds nothing; the characters of a pair that is not known are.
 *
 * The section ENCO, little-endian:
 *
 *     u32 version 1, u32 n_dims, u32 n_terms, u32 zero, u64 fingerprint
 *     terms, ascending, each as its distance from the one before in 7-bit groups, low first
 *     zeros to a multiple of 64
 *     f32 scale[n_terms]
 *     zeros to a multiple of 64
 *     i8  row[n_terms][n_dims]
 *
 * The fingerprint is a hash of all that follows it; vectors of two models are never compared.
 *
 * Threads: an open encoder is immutable; each thread brings its own work space.
 */
#ifndef ZD_SEMANTIC_ENCODER_H
#define ZD_SEMANTIC_ENCODER_H

#include "base/buf.h"
#include "text/text.h"

#define ZD_ENCODER_MAX_DIMS 1024
#define ZD_ENCODER_UNIT 31.75

struct zd_encoder;

/* Opens a section that outlives the encoder. Errors: ZD_CORRUPT with the place; ZD_NOMEM. */
enum zd_status zd_encoder_open(struct zd_bytes section, struct zd_encoder **ret_encoder,
                               struct zd_error *err) ZD_MUST_USE;
void zd_encoder_close(struct zd_encoder *encoder); /* NULL is fine */

uint32_t zd_encoder_dims(const struct zd_encoder *encoder);
uint64_t zd_encoder_fingerprint(const struct zd_encoder *encoder);
size_t zd_encoder_terms(const struct zd_encoder *encoder);

/* What training goes on from: term i < zd_encoder_terms, and its row times its scale, [n_dims]. */
zd_term zd_encoder_term(const struct zd_encoder *encoder, size_t i);
void zd_encoder_row(const struct zd_encoder *encoder, size_t i, float *ret_row);

/* Work space of one thread; zero is fine to begin with. */
struct zd_encoder_work {
    uint32_t *rows;
    size_t cap;
};
void zd_encoder_work_done(struct zd_encoder_work *work);

/* Terms of a text as they come, repeats included. */
struct zd_encoder_terms {
    const zd_term *p; /* [n] */
    size_t n;
};

/* The vector of the parts [n_parts] of one text taken together: ret_vector [n_dims]; all zeros
 * where no token is known. Cost: about 0.1 µs a token at 256 dimensions. Errors: ZD_LIMIT more
 * tokens than a text may have; ZD_NOMEM. */
enum zd_status zd_encoder_encode(const struct zd_encoder *encoder, struct zd_encoder_work *work,
                                 const struct zd_encoder_terms *parts, size_t n_parts,
                                 int8_t *ret_vector, struct zd_error *err) ZD_MUST_USE;

/* The vector of one folded text, by its tokens (zd_tokens): ret_vector [n_dims]. Errors: as above. */
enum zd_status zd_encoder_encode_text(const struct zd_encoder *encoder, struct zd_str folded,
                                      struct zd_arena *arena, int8_t *ret_vector,
                                      struct zd_error *err) ZD_MUST_USE;

/* The cosine that a dot product of two vectors stands for. */
float zd_encoder_cosine(const struct zd_encoder *encoder, int32_t dot);

/* Writes a section: terms [n_terms] in any order, rows e [n_terms][n_dims] and weights w [n_terms]
 * (of which e^w counts) in theirs. Errors show in the buffer; ZD_NOMEM. */
struct zd_encoder_source {
    const zd_term *terms;
    const float *e, *w;
    uint32_t n_terms, n_dims;
};
enum zd_status zd_encoder_write(const struct zd_encoder_source *source, struct zd_buf *out,
                                struct zd_error *err) ZD_MUST_USE;

#endif
