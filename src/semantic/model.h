/* model: what an office has learnt, or what the program brings along, opened for use.
 *
 * A model file (model_file.h) with its parts read once: the encoder, the ranker and what has
 * answered before. The program carries a base model inside (models/base.zdm, made by one command);
 * an office that has trained names its own in the same commit as the index made with it.
 *
 * What has answered before, the section PRIO: u32 n, u32 zero, then n × { u64 term of a title,
 * ascending; f32 n_questions; u32 zero }: how many questions of the training were answered by
 * passages of that text.
 *
 * Threads: an open model is immutable.
 */
#ifndef ZD_SEMANTIC_MODEL_H
#define ZD_SEMANTIC_MODEL_H

#include "semantic/encoder.h"
#include "semantic/memory.h"
#include "semantic/model_file.h"
#include "semantic/trees.h"

struct zd_model;

/* Opens a model file; all of it is checked. Errors: ZD_NOT_FOUND, ZD_CORRUPT, ZD_IO, ZD_NOMEM. */
enum zd_status zd_model_open(const char *path, struct zd_model **ret_model,
                             struct zd_error *err) ZD_MUST_USE;
/* The same of bytes that outlive the model. */
enum zd_status zd_model_from_bytes(struct zd_bytes bytes, bool sealed, struct zd_model **ret_model,
                                   struct zd_error *err) ZD_MUST_USE;
/* The model that the program brings along. Errors: ZD_NOMEM. */
enum zd_status zd_model_base(struct zd_model **ret_model, struct zd_error *err) ZD_MUST_USE;
/* Another holder of an open model, for snapshots that threads share. */
struct zd_model *zd_model_ref(struct zd_model *model);
void zd_model_close(struct zd_model *model); /* the last holder frees it; NULL is fine */

const struct zd_encoder *zd_model_encoder(const struct zd_model *model); /* NULL: none */
const struct zd_trees *zd_model_ranker(const struct zd_model *model);    /* NULL: none */
const struct zd_trees *zd_model_look(const struct zd_model *model);      /* NULL: none */
const struct zd_trees *zd_model_topic(const struct zd_model *model);     /* NULL: none */
const struct zd_trees *zd_model_sure(const struct zd_model *model);      /* NULL: none */
/* Which questions texts have answered, fit for the encoder; empty where the model has no such part. */
const struct zd_memory *zd_model_memory(const struct zd_model *model);
/* Any other section; empty where there is none. */
struct zd_bytes zd_model_section(const struct zd_model *model, uint32_t tag);

/* What a text of this title (zd_title_term) has answered: ln(1 + questions); 0 for one that never
 * did. */
float zd_model_prior(const struct zd_model *model, zd_term title);

/* How many questions texts of a title have answered. */
struct zd_model_answered {
    zd_term title;
    float n_questions;
};
size_t zd_model_n_answered(const struct zd_model *model);
struct zd_model_answered zd_model_answered(const struct zd_model *model, size_t i); /* i < n */

/* Appends a section PRIO from [n] titles with their numbers of questions, in any order, each once.
 * Errors show in the buffer; ZD_NOMEM. */
enum zd_status zd_model_write_priors(const struct zd_model_answered *answered, size_t n,
                                     struct zd_buf *out, struct zd_error *err) ZD_MUST_USE;

#endif
