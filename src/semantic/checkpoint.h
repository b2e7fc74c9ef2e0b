/* checkpoint: how far a stage of training has come, in a file, so that it can go on after a stop.
 *
 * The file holds all that the steps still to come depend on: vectors and weights with their
 * Adagrad sums, the state of the random numbers, the hard negatives mined last, the best vectors
 * so far; of a finished stage only its vectors. It is bound by a SHA-256 to the corpus, to the
 * options and to the vectors that the stage began with: a file of another stage, of other texts or
 * of another seed is never gone on from.
 *
 *     u32 "ZDTS", u32 version 1, little-endian as the other numbers of the head
 *     u8 binding[32]
 *     u32 step, u32 finished, u64 random, f32 loss, u32 n_losses
 *     u32 n_looks, u32 has_best, u32 best_step, f32 best, u32 n_rows, u32 n_dims, u32 n_hard, u32 0
 *     f32 e[n_rows][n_dims], w[n_rows]; unless finished h and v of the same sizes; in the byte order
 *         of the machine, which the file never leaves
 *     where has_best: f32 best e, best w; u32 hard[n_hard]
 *     u32 CRC-32C of every byte before it
 */
#ifndef ZD_SEMANTIC_CHECKPOINT_H
#define ZD_SEMANTIC_CHECKPOINT_H

#include "base/hash.h"
#include "semantic/train.h"

/* Where a stage stands. */
struct zd_training_state {
    uint32_t step; /* taken */
    bool is_finished;
    uint64_t random; /* of the batches */
    float loss;      /* sum of n_losses since the last report */
    uint32_t n_losses;
    uint32_t n_looks; /* at the held-out part since the last gain */
    uint32_t best_step;
    float best;             /* what the best look saw; 0 before the first */
    float *best_e, *best_w; /* [n_rows][n_dims] and [n_rows], or NULL before the first look */
    uint32_t *hard;         /* [n_hard] owned by the batches */
    uint32_t n_hard;
};

/* The hash that binds a stage's file. Errors: ZD_NOMEM. */
enum zd_status zd_checkpoint_bind(const struct zd_parameters *p,
                                  const struct zd_corpus_view *corpus,
                                  const struct zd_stage_options *options,
                                  uint8_t ret_binding[ZD_SHA256_BYTES],
                                  struct zd_error *err) ZD_MUST_USE;

/* Writes the file durably; it stands whole or as it was. Errors: ZD_IO, ZD_NOMEM. */
enum zd_status zd_checkpoint_write(const char *path, const uint8_t binding[ZD_SHA256_BYTES],
                                   const struct zd_training_state *state,
                                   const struct zd_parameters *p, struct zd_error *err) ZD_MUST_USE;

/* Reads it into p and a state whose hard [n_hard] and (unless NULL) best vectors have their place
 * already. Unless the error is ZD_IO nothing was changed then. Errors: ZD_NOT_FOUND no such file; ZD_CORRUPT damaged,
 * or not bound to this stage; ZD_IO; ZD_NOMEM. */
enum zd_status zd_checkpoint_read(const char *path, const uint8_t binding[ZD_SHA256_BYTES],
                                  struct zd_training_state *state, struct zd_parameters *p,
                                  struct zd_error *err) ZD_MUST_USE;

#endif
