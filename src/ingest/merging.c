/* merging.c: large merges of the index beside the batches of a long run (index/merging.h).
 *
 * One thread at a time, begun after a commit on the generation just committed. It touches nothing
 * that a batch uses: it reads files that never change and writes into a folder of its own. The
 * ingest's thread looks at `done` before each commit and takes the result over in that commit.
 */
#include "index/merging.h"

#include <pthread.h>

#include "base/buf.h"
#include "ingest/ingest_private.h"
#include "ingest/priority.h"

struct zd_ingest__merging {
    pthread_t thread;
    const char *dir; /* of the ingest, which outlives the thread */
    uint64_t generation;
    struct zd_index_merging *index;
    enum zd_status status; /* of the run, once done */
    atomic_bool done, cancel;
    bool joined, adopted;
};

static void *merge_main(void *context)
{
    struct zd_ingest__merging *m = context;
    const struct zd_index_merging_options options = {.cancel = &m->cancel};

    zd_thread_lower_priority();
    m->status = zd_index_merging_begin(m->dir, m->generation, &m->index, NULL);
    if (m->status == ZD_OK)
        m->status = zd_index_merging_run(m->index, &options, NULL);
    atomic_store(&m->done, true);
    return NULL;
}

void zd_ingest__merging_start(struct zd_ingest *ingest, uint64_t generation)
{
    struct zd_ingest__merging *m;

    if (ingest->merging)
        return;
    m = zd_alloc(sizeof *m);
    if (!m)
        return;
    m->dir = zd_buf_cstr(&ingest->index_dir);
    m->generation = generation;
    if (pthread_create(&m->thread, NULL, merge_main, m) != 0) {
        zd_free(m);
        return;
    }
    ingest->merging = m;
}

static void forget(struct zd_ingest *ingest)
{
    struct zd_ingest__merging *m = ingest->merging;

    if (!m->joined)
        (void)pthread_join(m->thread, NULL);
    zd_index_merging_end(m->index);
    zd_free(m);
    ingest->merging = NULL;
}

enum zd_status zd_ingest__merging_take(struct zd_ingest *ingest, struct zd_error *err)
{
    struct zd_ingest__merging *m = ingest->merging;
    enum zd_status st;

    if (!m || !atomic_load(&m->done))
        return ZD_OK;
    (void)pthread_join(m->thread, NULL);
    m->joined = true;
    st = m->status == ZD_OK ? zd_index_writer_adopt(ingest->writer, m->index, err)
                            : (enum zd_status)ZD_NOT_FOUND;
    if (st == ZD_NOT_FOUND) { /* nothing paid, it failed, or its sources are gone */
        forget(ingest);
        return ZD_OK;
    }
    m->adopted = true; /* its files stay until the commit stands */
    return st;
}

bool zd_ingest__merging_is_done(const struct zd_ingest *ingest)
{
    return !ingest->merging || atomic_load(&ingest->merging->done);
}

void zd_ingest__merging_settle(struct zd_ingest *ingest)
{
    if (ingest->merging && ingest->merging->adopted)
        forget(ingest);
}

void zd_ingest__merging_stop(struct zd_ingest *ingest)
{
    if (!ingest->merging)
        return;
    atomic_store(&ingest->merging->cancel, true);
    forget(ingest);
}
