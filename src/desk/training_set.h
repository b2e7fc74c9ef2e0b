/* training_set: an office and questions whose answers in it are known, made ready for training.
 *
 * Each question names the documents that answer it ("relevant": public ids, or ends of their
 * paths) and perhaps the words that do ("answer" or "answers"). Where one of those documents holds
 * the words, the passages with them are what is to be found; else all passages of short documents
 * are. Questions are dealt into folds, by their own text or, where the words of an answer stand in
 * the document, by the document, so that no part of a text is both learnt from and judged by.
 */
#ifndef ZD_DESK_TRAINING_SET_H
#define ZD_DESK_TRAINING_SET_H

#include "base/arena.h"
#include "ingest/office.h"
#include "semantic/corpus.h"
#include "semantic/memory.h"

#define ZD_TRAINING_FOLDS 5

struct zd_training_document {
    struct zd_str id, source;
    int64_t key;
    zd_term title; /* 0: none */
    uint64_t text; /* zd_memory_text of its newest version */
};

struct zd_training_question {
    struct zd_str text, region; /* region: asked for, or empty */
    int32_t on;                 /* the day asked about; 0: today */
    struct zd_str *golds;       /* [n_golds] words that answer */
    size_t n_golds;
    uint32_t *documents; /* [n_documents] places in the set's documents that answer; none: the
                            office cannot answer it */
    size_t n_documents;
    int64_t *passages; /* [n_passages] keys of the passages to be found */
    size_t n_passages;
    bool holds_words; /* those passages hold a gold text */
    uint32_t fold;
    bool is_remembered; /* by the model that training goes on from: not counted again */
};

struct zd_training_set {
    struct zd_office *office;
    struct zd_view *view; /* begun */
    struct zd_arena *arena;
    struct zd_training_document *documents; /* [n_documents] */
    size_t n_documents;
    struct zd_training_question *questions; /* [n_questions] */
    size_t n_questions;
};

/* Opens an office and reads its questions (text of JSON lines; empty for none). Questions whose
 * documents are not there are left out. Errors: those of zd_office_open; ZD_INVALID a bad line. */
enum zd_status zd_training_set_open(struct zd_training_set *set, const char *office,
                                    struct zd_str questions, struct zd_error *err) ZD_MUST_USE;
void zd_training_set_close(struct zd_training_set *set); /* zero is fine */

/* Adds every passage of the office's newest versions to the corpus, then its questions, each drawn
 * `repeat` times. */
enum zd_status zd_training_set_add(struct zd_training_set *set, struct zd_corpus *corpus,
                                   uint32_t repeat, struct zd_error *err) ZD_MUST_USE;

#endif
