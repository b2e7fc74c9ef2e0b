/* office: how readers find the snapshot that belongs to the state they see.
 *
 * _begin opens a read transaction, reads the generation in it, and takes the shared snapshot if it
 * is of that generation; else it opens that one and, if it is newer than the shared one, shares
 * it. A writer may remove the files of a generation between our reading its number and opening
 * them: then a newer state exists, and we begin again.
 *
 * Snapshots are counted: the office holds one reference, every begun view another. The count
 * changes only under the lock; opening files happens outside it, so two threads may open the
 * same generation at once and one of them closes its copy again: harmless, and rare.
 */
#include "ingest/office.h"

#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/caps.h"
#include "ingest/learnt.h"

#define PATH_MAX_BYTES 4096
#define MAX_TRIES 20

struct snapshot {
    struct zd_index *index; /* NULL where it could not be opened */
    struct zd_model *model; /* that made its vectors */
    char model_name[ZD_LEARNT_NAME_MAX_BYTES];
    uint64_t generation;
    uint32_t n_users;
    bool partial;
};

struct zd_office {
    struct zd_buf dir, db_path, index_path;
    pthread_mutex_t lock; /* guards shared and every n_users */
    struct snapshot *shared;
};

struct zd_view {
    struct zd_office *office;
    struct zd_store *store;
    struct snapshot *snapshot; /* while begun */
};

static void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    zd_index_close(snapshot->index);
    zd_model_close(snapshot->model);
    zd_free(snapshot);
}

/* Gives a reference back; the last one frees. */
static void snapshot_leave(struct zd_office *office, struct snapshot *snapshot)
{
    bool last;

    if (!snapshot)
        return;
    (void)pthread_mutex_lock(&office->lock);
    last = --snapshot->n_users == 0;
    (void)pthread_mutex_unlock(&office->lock);
    if (last)
        snapshot_free(snapshot);
}

/* The shared snapshot with one more user, if it is of this generation. */
static struct snapshot *snapshot_shared(struct zd_office *office, uint64_t generation)
{
    struct snapshot *found = NULL;

    (void)pthread_mutex_lock(&office->lock);
    if (office->shared && office->shared->generation == generation) {
        found = office->shared;
        found->n_users++;
    }
    (void)pthread_mutex_unlock(&office->lock);
    return found;
}

/* The shared snapshot, whatever its generation, with one more user; NULL where there is none. */
static struct snapshot *snapshot_hold(struct zd_office *office)
{
    struct snapshot *held;

    (void)pthread_mutex_lock(&office->lock);
    held = office->shared;
    if (held)
        held->n_users++;
    (void)pthread_mutex_unlock(&office->lock);
    return held;
}

/* Shares a fresh snapshot (held by its maker) where it is newer than the one that is shared. */
static void snapshot_share(struct zd_office *office, struct snapshot *fresh)
{
    struct snapshot *old = NULL;

    (void)pthread_mutex_lock(&office->lock);
    if (!office->shared || office->shared->generation < fresh->generation) {
        old = office->shared;
        office->shared = fresh;
        fresh->n_users++;
    }
    (void)pthread_mutex_unlock(&office->lock);
    snapshot_leave(office, old);
}

static enum zd_status office_paths(struct zd_office *office, const char *dir, struct zd_error *err)
{
    office->dir.max = office->db_path.max = office->index_path.max = PATH_MAX_BYTES;
    zd_buf_c(&office->dir, dir);
    zd_buf_printf(&office->db_path, "%s/zhidian.db", dir);
    zd_buf_printf(&office->index_path, "%s/index", dir);
    if (!zd_buf_cstr(&office->dir) || !zd_buf_cstr(&office->db_path) ||
        !zd_buf_cstr(&office->index_path))
        return ZD_FAIL(err, ZD_LIMIT, 0, "the path of the office is too long");
    return ZD_OK;
}

enum zd_status zd_office_open(const char *dir, struct zd_office **ret_office, struct zd_error *err)
{
    struct zd_office *office = zd_alloc(sizeof *office);
    struct zd_store *store = NULL;
    enum zd_status st;

    if (!office)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to open the office");
    if (pthread_mutex_init(&office->lock, NULL) != 0) {
        zd_free(office);
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to open the office");
    }
    st = office_paths(office, dir, err);
    if (st == ZD_OK)
        st = zd_store_open(zd_buf_cstr(&office->db_path), ZD_STORE_READ, &store, err);
    if (st == ZD_NOT_FOUND)
        st = ZD_FAIL(err, ZD_NOT_FOUND, 0,
                     "%s is no office yet: make one with \"zhidian --data %s add PATH\"", dir, dir);
    zd_store_close(store);
    if (st != ZD_OK) {
        zd_office_close(office);
        return st;
    }
    *ret_office = office;
    return ZD_OK;
}

void zd_office_close(struct zd_office *office)
{
    if (!office)
        return;
    snapshot_leave(office, office->shared);
    (void)pthread_mutex_destroy(&office->lock);
    zd_buf_done(&office->index_path);
    zd_buf_done(&office->db_path);
    zd_buf_done(&office->dir);
    zd_free(office);
}

const char *zd_office_dir(const struct zd_office *office)
{
    return (const char *)office->dir.p;
}

enum zd_status zd_view_open(struct zd_office *office, struct zd_view **ret_view,
                            struct zd_error *err)
{
    struct zd_view *view = zd_alloc(sizeof *view);
    enum zd_status st;

    if (!view)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read the office");
    view->office = office;
    st = zd_store_open((const char *)office->db_path.p, ZD_STORE_READ, &view->store, err);
    if (st != ZD_OK) {
        zd_free(view);
        return st;
    }
    *ret_view = view;
    return ZD_OK;
}

void zd_view_close(struct zd_view *view)
{
    if (!view)
        return;
    zd_view_end(view);
    zd_store_close(view->store);
    zd_free(view);
}

/* The model that the database names: the one of the snapshot before, if that has the same. */
static enum zd_status snapshot_model(struct zd_office *office, struct zd_store *store,
                                     const struct snapshot *before, struct snapshot *fresh,
                                     struct zd_error *err)
{
    enum zd_status st = zd_learnt_name(store, fresh->model_name, err);
    bool fallback = false;

    if (st != ZD_OK)
        return st;
    if (before && before->model && strcmp(before->model_name, fresh->model_name) == 0) {
        fresh->model = zd_model_ref(before->model);
        return ZD_OK;
    }
    st = zd_learnt_open(store, (const char *)office->dir.p, &fresh->model, &fallback, err);
    if (fallback)
        fresh->model_name[0] = '?'; /* no name of a model: try again with the next generation */
    fresh->partial |= fallback;
    return st;
}

/* Opens the snapshot of a generation, held by the caller. A damaged one gives a snapshot without
 * index. Errors: ZD_NOT_FOUND gone meanwhile; ZD_NOMEM; ZD_IO. */
static enum zd_status snapshot_open(struct zd_office *office, struct zd_store *store,
                                    uint64_t generation, struct snapshot **ret_snapshot,
                                    struct zd_error *err)
{
    struct snapshot *fresh = zd_alloc(sizeof *fresh), *before;
    enum zd_status st = ZD_OK;

    if (!fresh)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read the index");
    fresh->generation = generation;
    fresh->n_users = 1;
    before = snapshot_hold(office); /* most of its segments are those of the new one */
    if (generation > 0)
        st = zd_index_open_after((const char *)office->index_path.p, generation,
                                 before ? before->index : NULL, &fresh->index, err);
    if (st == ZD_CORRUPT) {
        fresh->partial = true;
        st = ZD_OK;
    }
    if (st == ZD_OK)
        st = snapshot_model(office, store, before, fresh, err);
    snapshot_leave(office, before);
    if (st != ZD_OK) {
        snapshot_free(fresh);
        return st;
    }
    fresh->partial |= fresh->index && zd_index_is_partial(fresh->index);
    *ret_snapshot = fresh;
    return ZD_OK;
}

/* A snapshot for a generation whose files are gone for good, not just replaced. */
static enum zd_status snapshot_missing(uint64_t generation, struct snapshot **ret_snapshot,
                                       struct zd_error *err)
{
    struct snapshot *none = zd_alloc(sizeof *none);
    enum zd_status st;

    if (!none)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read the index");
    *none = (struct snapshot){.generation = generation, .n_users = 1, .partial = true};
    st = zd_model_base(&none->model, err);
    if (st != ZD_OK)
        snapshot_free(none);
    else
        *ret_snapshot = none;
    return st;
}

enum zd_status zd_view_begin(struct zd_view *view, struct zd_error *err)
{
    struct snapshot *snapshot = NULL;
    uint64_t generation = 0, last = UINT64_MAX;
    enum zd_status st = ZD_OK;

    zd_view_end(view);
    for (int tries = 0; tries < MAX_TRIES && !snapshot; tries++) {
        st = zd_store_begin(view->store, err);
        if (st == ZD_OK)
            st = zd_store_generation(view->store, &generation, err);
        if (st != ZD_OK)
            break;
        snapshot = snapshot_shared(view->office, generation);
        if (snapshot)
            break;
        st = snapshot_open(view->office, view->store, generation, &snapshot, err);
        if (st == ZD_OK) {
            snapshot_share(view->office, snapshot);
            break;
        }
        if (st != ZD_NOT_FOUND)
            break;
        if (generation == last) { /* nobody replaced it: the files are missing */
            st = snapshot_missing(generation, &snapshot, err);
            break;
        }
        last = generation;
        zd_store_abort(view->store);
    }
    if (st == ZD_OK && !snapshot)
        st = ZD_FAIL(err, ZD_BUSY, 0, "the index changes too often to be read; try again");
    if (st != ZD_OK) {
        zd_store_abort(view->store);
        return st;
    }
    view->snapshot = snapshot;
    return ZD_OK;
}

void zd_view_end(struct zd_view *view)
{
    zd_store_abort(view->store);
    snapshot_leave(view->office, view->snapshot);
    view->snapshot = NULL;
}

struct zd_store *zd_view_store(const struct zd_view *view)
{
    return view->store;
}

const struct zd_index *zd_view_index(const struct zd_view *view)
{
    return view->snapshot ? view->snapshot->index : NULL;
}

struct zd_model *zd_view_model(const struct zd_view *view)
{
    return view->snapshot->model;
}

uint64_t zd_view_generation(const struct zd_view *view)
{
    return view->snapshot ? view->snapshot->generation : 0;
}

bool zd_view_is_partial(const struct zd_view *view)
{
    return view->snapshot && view->snapshot->partial;
}
