/* keeper.c: see keeper.h. What fails is not reported but tried again at the next generation: an
 * office with too many segments is slower, not wrong, and whoever adds meets the same failure. */
#include "ingest/keeper.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "base/buf.h"
#include "index/merging.h"
#include "ingest/ingest.h"
#include "ingest/priority.h"
#include "store/store.h"

#define PATH_MAX_BYTES 4096
#define LOOK_MS 1000u
#define RETRY_MS 50u
#define BYTES_PER_SECOND (32u << 20)

struct zd_keeper {
    struct zd_buf dir, db_path, index_path;
    pthread_t thread;
    pthread_mutex_t lock; /* guards stopping only; held while waiting */
    pthread_cond_t wake;
    bool stopping, started;
    atomic_bool cancel;
    atomic_uint_fast64_t n_merges;
};

/* Waits; false where it is time to stop. */
static bool rest(struct zd_keeper *k, uint32_t ms)
{
    struct timespec until;
    bool stopping;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    (void)pthread_mutex_lock(&k->lock);
    if (!k->stopping)
        (void)pthread_cond_timedwait(&k->wake, &k->lock, &until);
    stopping = k->stopping;
    (void)pthread_mutex_unlock(&k->lock);
    return !stopping;
}

/* The generation in force; 0 where it cannot be read. */
static uint64_t generation_now(struct zd_keeper *k)
{
    struct zd_store *store = NULL;
    uint64_t generation = 0;

    if (zd_store_open(zd_buf_cstr(&k->db_path), ZD_STORE_READ, &store, NULL) == ZD_OK &&
        zd_store_generation(store, &generation, NULL) != ZD_OK)
        generation = 0;
    zd_store_close(store);
    return generation;
}

/* Waits for the write lock, then for one commit. */
static void take_over(struct zd_keeper *k, struct zd_index_merging *merging)
{
    const struct zd_ingest_options options = {.merges = ZD_INGEST_MERGE_ELSEWHERE};
    struct zd_ingest *ingest = NULL;
    enum zd_status st;

    while ((st = zd_ingest_open(zd_buf_cstr(&k->dir), &options, &ingest, NULL)) == ZD_BUSY)
        if (!rest(k, RETRY_MS))
            return;
    if (st == ZD_OK)
        st = zd_ingest_adopt(ingest, merging, NULL);
    zd_ingest_close(ingest);
    if (st == ZD_OK)
        atomic_fetch_add(&k->n_merges, 1);
}

/* True where there may be more to merge at once. */
static bool merge_once(struct zd_keeper *k, uint64_t generation)
{
    const struct zd_index_merging_options options = {.cancel = &k->cancel,
                                                     .n_bytes_per_second = BYTES_PER_SECOND};
    struct zd_index_merging *merging = NULL;
    enum zd_status st =
        zd_index_merging_begin(zd_buf_cstr(&k->index_path), generation, &merging, NULL);

    if (st == ZD_OK)
        st = zd_index_merging_run(merging, &options, NULL);
    if (st == ZD_OK)
        take_over(k, merging);
    zd_index_merging_end(merging);
    return st == ZD_OK;
}

static void *keeper_main(void *context)
{
    struct zd_keeper *k = context;
    uint64_t seen = 0;

    zd_thread_lower_priority();
    while (rest(k, LOOK_MS)) {
        const uint64_t generation = generation_now(k);

        if (generation == seen)
            continue;
        if (!merge_once(k, generation))
            seen = generation;
    }
    return NULL;
}

enum zd_status zd_keeper_open(const char *office, struct zd_keeper **ret_keeper,
                              struct zd_error *err)
{
    struct zd_keeper *k = zd_alloc(sizeof *k);

    if (!k)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to keep the index");
    (void)pthread_mutex_init(&k->lock, NULL);
    (void)pthread_cond_init(&k->wake, NULL);
    k->dir.max = k->db_path.max = k->index_path.max = PATH_MAX_BYTES;
    zd_buf_c(&k->dir, office);
    zd_buf_printf(&k->db_path, "%s/zhidian.db", office);
    zd_buf_printf(&k->index_path, "%s/index", office);
    if (!zd_buf_cstr(&k->dir) || !zd_buf_cstr(&k->db_path) || !zd_buf_cstr(&k->index_path)) {
        zd_keeper_close(k);
        return ZD_FAIL(err, ZD_LIMIT, 0, "the path of the office is too long");
    }
    if (pthread_create(&k->thread, NULL, keeper_main, k) != 0) {
        zd_keeper_close(k);
        return ZD_FAIL(err, ZD_NOMEM, 0, "no thread left to keep the index");
    }
    k->started = true;
    *ret_keeper = k;
    return ZD_OK;
}

uint64_t zd_keeper_merges(const struct zd_keeper *k)
{
    return atomic_load(&k->n_merges);
}

void zd_keeper_close(struct zd_keeper *k)
{
    if (!k)
        return;
    atomic_store(&k->cancel, true);
    (void)pthread_mutex_lock(&k->lock);
    k->stopping = true;
    (void)pthread_cond_signal(&k->wake);
    (void)pthread_mutex_unlock(&k->lock);
    if (k->started)
        (void)pthread_join(k->thread, NULL);
    (void)pthread_cond_destroy(&k->wake);
    (void)pthread_mutex_destroy(&k->lock);
    zd_buf_done(&k->index_path);
    zd_buf_done(&k->db_path);
    zd_buf_done(&k->dir);
    zd_free(k);
}
