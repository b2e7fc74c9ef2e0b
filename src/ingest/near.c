/* near: the same text in another file, and texts that are nearly the same.
 *
 *     the same letters, digits and Han characters    joined: nothing is stored but the file's name
 *     the same title and offices, 0.8 alike,
 *       issued on days that are known and differ     a version of that document
 *     otherwise 0.8 alike                            both stay, and the owner is told
 *
 * Nothing else is joined by likeness: two notices made from one template differ in a year, a region
 * or an amount, and those are what a citizen asks about. Documents with a given id, and files of
 * which a person says something, are what they are said to be.
 */
#include "ingest/near.h"
#include "base/buf.h"
#include "base/caps.h"
#include "ingest/ingest_private.h"
#include "store/sketch.h"

#define MIN_SHINGLES 40 /* of a text that is looked for: a shorter one is a form's head */
#define MAX_NEAR 3
#define ALIKE 0.8
#define COMPARE_MAX_BYTES ((size_t)2 << 20) /* a longer text is not compared in full */

enum zd_status zd_near_same(struct zd_ingest *ingest, const struct zd_sketch *sketch,
                            int64_t *ret_version, struct zd_error *err)
{
    *ret_version = 0;
    if (sketch->n_shingles < MIN_SHINGLES)
        return ZD_OK;
    return zd_sketch_same(ingest->store, ingest->options.subject, sketch->content, ret_version,
                          err);
}

enum zd_status zd_near_find(struct zd_ingest *ingest, const struct zd_sketch *sketch,
                            struct zd_str text, int64_t *ret_version, double *ret_alike,
                            struct zd_error *err)
{
    const struct zd_stored_sketch stored = {sketch->content, sketch->bands, ZD_SKETCH_BANDS};
    int64_t versions[MAX_NEAR], best = 0;
    double alike = ALIKE;
    size_t n = 0;
    enum zd_status st = ZD_OK;

    *ret_version = 0;
    if (sketch->n_shingles < MIN_SHINGLES || text.n > COMPARE_MAX_BYTES)
        return ZD_OK;
    st = zd_sketch_near(ingest->store, ingest->options.subject, &stored, MAX_NEAR, versions, &n,
                        err);
    for (size_t i = 0; st == ZD_OK && i < n; i++) {
        struct zd_version version = {0};
        struct zd_str other = {"", 0};
        double d = 0;

        st = zd_version_get(ingest->store, ingest->options.subject, versions[i], ingest->arena,
                            &version, err);
        if (st == ZD_OK && version.n_bytes > COMPARE_MAX_BYTES)
            continue;
        if (st == ZD_OK)
            st = zd_version_text(ingest->store, ingest->options.subject, versions[i], 0,
                                 version.n_bytes, ingest->arena, &other, err);
        if (st == ZD_OK)
            st = zd_resemblance(text, other, &d, err);
        if (st == ZD_OK && d >= alike) {
            alike = d;
            best = versions[i];
        }
    }
    *ret_version = best;
    *ret_alike = alike;
    return st;
}
