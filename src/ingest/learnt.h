/* learnt: the model that an office uses.
 *
 * The setting "model" names a file of DIR/models; without it the office uses the model that the
 * program brings along. The setting "vectors" is the fingerprint of the encoder whose vectors the
 * index holds. Both change in the same commit as the index.
 */
#ifndef ZD_INGEST_LEARNT_H
#define ZD_INGEST_LEARNT_H

#include "semantic/model.h"
#include "store/store.h"

#define ZD_LEARNT_NAME_MAX_BYTES 64

/* Opens the model that the database of the office in `dir` names, as of the transaction that is
 * open. One that is missing or damaged is replaced by the base model and *ret_fallback (may be
 * NULL) says so. The caller closes *ret_model. Errors: ZD_IO, ZD_NOMEM, those of the store. */
enum zd_status zd_learnt_open(struct zd_store *store, const char *dir, struct zd_model **ret_model,
                              bool *ret_fallback, struct zd_error *err) ZD_MUST_USE;

/* The name in the setting, "" for the base model: ret_name [ZD_LEARNT_NAME_MAX_BYTES]. */
enum zd_status zd_learnt_name(struct zd_store *store, char *ret_name,
                              struct zd_error *err) ZD_MUST_USE;
/* Names another; "" for the base model. Errors: ZD_INVALID a name that is no plain file name. */
enum zd_status zd_learnt_set_name(struct zd_store *store, const char *name,
                                  struct zd_error *err) ZD_MUST_USE;

/* The fingerprint in the setting, 0 where there is none. */
enum zd_status zd_learnt_vectors(struct zd_store *store, uint64_t *ret_fingerprint,
                                 struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_learnt_set_vectors(struct zd_store *store, uint64_t fingerprint,
                                     struct zd_error *err) ZD_MUST_USE;

#endif
