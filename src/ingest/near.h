/* near: finds the version whose text is that of an input, or nearly (near.c). */
#ifndef ZD_INGEST_NEAR_H
#define ZD_INGEST_NEAR_H

#include "ingest/ingest.h"
#include "text/sketch.h"

/* The key of the version with the same letters, digits and Han characters; 0 for none, and for a
 * text too short to tell. Errors: those of the store. */
enum zd_status zd_near_same(struct zd_ingest *ingest, const struct zd_sketch *sketch,
                            int64_t *ret_version, struct zd_error *err) ZD_MUST_USE;

/* The version that resembles the text most, by 0.8 at least; 0 for none. Errors: those of the store;
 * ZD_NOMEM. */
enum zd_status zd_near_find(struct zd_ingest *ingest, const struct zd_sketch *sketch,
                            struct zd_str text, int64_t *ret_version, double *ret_alike,
                            struct zd_error *err) ZD_MUST_USE;

#endif
