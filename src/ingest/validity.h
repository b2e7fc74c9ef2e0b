/* validity: from what each text says to what was in force on which day.
 *
 * For a version v with the first day `effective` (0 unknown):
 *
 *  1. It ends on its own last day, if it names one.
 *  2. It ends the day before the next version of the same text (family.h) takes effect. Of two
 *     that take effect on one day the one issued later counts; the other never is in force.
 *  3. It ends the day before a text takes effect that says it replaces or repeals it, by number
 *     or by title, if that day is later than v's own (or v's is unknown).
 *     A title must be of the same region and an issuer that agrees; a number need not.
 *  4. The earliest of these counts. What is unknown ends nothing.
 *
 * The result stands in the database (valid_from, valid_to) and in the index. It is computed anew
 * for every version that a change can touch, so the order in which texts are added does not
 * matter, and what a removed text had ended comes back.
 */
#ifndef ZD_INGEST_VALIDITY_H
#define ZD_INGEST_VALIDITY_H

#include "store/document.h"
#include "store/version.h"

/* The versions whose validity may have changed; kept in the arena of its user. */
struct zd_touched {
    int64_t *p; /* [n] keys, no order, no doubles */
    size_t n, cap;
};

/* Adds what hangs on a version that is in the database: its family, the texts it says it
 * replaces, the texts it ends now, and itself. Call after an insert and before a removal. */
enum zd_status zd_validity_touch(struct zd_store *store, const struct zd_subject *subject,
                                 int64_t version, struct zd_arena *arena,
                                 struct zd_touched *touched, struct zd_error *err) ZD_MUST_USE;

/* Called with each version whose interval has changed in the database. */
typedef enum zd_status (*zd_validity_fn)(void *context, int64_t version, int32_t valid_from,
                                         int32_t valid_to, struct zd_error *err);

/* Computes the touched versions anew, stores what differs and tells `fn`. Versions that are gone
 * are passed over. */
enum zd_status zd_validity_settle(struct zd_store *store, const struct zd_subject *subject,
                                  const struct zd_touched *touched, struct zd_arena *arena,
                                  zd_validity_fn fn, void *context,
                                  struct zd_error *err) ZD_MUST_USE;

#endif
