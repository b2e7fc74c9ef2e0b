/* chat_guard: the office's guard, read anew by a thread when its rules or lists have changed.
 *
 * Chats hold the guard of their beginning to their end. Guards are counted under one lock; whoever
 * lets an old one go last frees it. The same thread writes down what was found, since a listed
 * word must be recorded and the loop may not wait for a database. */
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/date.h"
#include "desk/chat_private.h"

#define LOOK_EVERY_US 1000000u
#define MAX_NOTES 1000 /* not yet written; more are dropped, the request goes on */

struct note {
    struct note *next;
    struct zd_chat__hold *hold; /* whose lists the words lie in */
    char id[64];
    size_t n;
    struct zd_guard_hit hits[]; /* [n] */
};

struct zd_chat_guard {
    char dir[4096];
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct zd_chat__hold *now; /* under lock, as are the counts */
    struct note *notes;        /* under lock */
    size_t n_notes;            /* under lock */
    bool stop;                 /* under lock */
};

static void leave(struct zd_chat__hold *hold)
{
    if (!hold || --hold->n_users > 0)
        return;
    zd_guard_free(hold->guard);
    zd_free(hold);
}

struct zd_chat__hold *zd_chat__guard_take(struct zd_chat_guard *guard)
{
    struct zd_chat__hold *hold;

    (void)pthread_mutex_lock(&guard->lock);
    hold = guard->now;
    hold->n_users++;
    (void)pthread_mutex_unlock(&guard->lock);
    return hold;
}

void zd_chat__guard_give(struct zd_chat_guard *guard, struct zd_chat__hold *hold)
{
    (void)pthread_mutex_lock(&guard->lock);
    leave(hold);
    (void)pthread_mutex_unlock(&guard->lock);
}

void zd_chat__guard_note(struct zd_chat_guard *guard, struct zd_chat__hold *hold, struct zd_str id,
                         const struct zd_guard_hit *hits, size_t n)
{
    struct note *note = n > 0 ? zd_alloc(sizeof *note + n * sizeof *hits) : NULL;
    bool taken = false;

    if (!note)
        return;
    memcpy(note->id, id.p, id.n < sizeof note->id ? id.n : sizeof note->id - 1);
    memcpy(note->hits, hits, n * sizeof *hits);
    note->n = n;
    note->hold = hold;
    (void)pthread_mutex_lock(&guard->lock);
    if (guard->n_notes < MAX_NOTES) {
        note->next = guard->notes;
        guard->notes = note;
        guard->n_notes++;
        hold->n_users++;
        taken = true;
    }
    (void)pthread_mutex_unlock(&guard->lock);
    if (!taken)
        zd_free(note);
}

static void write_notes(struct zd_chat_guard *guard)
{
    struct note *note;

    (void)pthread_mutex_lock(&guard->lock);
    note = guard->notes;
    guard->notes = NULL;
    guard->n_notes = 0;
    (void)pthread_mutex_unlock(&guard->lock);
    while (note) {
        struct note *next = note->next;

        /* a record that cannot be written is lost; the request was decided without it */
        if (zd_guard_record(guard->dir, zd_str_c(note->id), note->hits, note->n, NULL) != ZD_OK)
            next = note->next;
        zd_chat__guard_give(guard, note->hold);
        zd_free(note);
        note = next;
    }
}

static enum zd_status load(struct zd_chat_guard *guard, struct zd_error *err)
{
    struct zd_chat__hold *fresh = zd_alloc(sizeof *fresh), *old;
    enum zd_status st;

    if (!fresh)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the guard");
    st = zd_guard_load(guard->dir, zd_subject_owner(), &fresh->guard, err);
    if (st != ZD_OK) {
        zd_free(fresh);
        return st;
    }
    fresh->n_users = 1;
    (void)pthread_mutex_lock(&guard->lock);
    old = guard->now;
    guard->now = fresh;
    leave(old);
    (void)pthread_mutex_unlock(&guard->lock);
    return ZD_OK;
}

static void *keep_fresh(void *argument)
{
    struct zd_chat_guard *guard = argument;
    bool stop = false;

    while (!stop) {
        uint64_t at_us = zd_clock_mono_us() + LOOK_EVERY_US;
        struct timespec at = {.tv_sec = (time_t)(at_us / 1000000),
                              .tv_nsec = (long)(at_us % 1000000) * 1000};

        (void)pthread_mutex_lock(&guard->lock);
        while (!guard->stop && zd_clock_mono_us() < at_us)
            (void)pthread_cond_timedwait(&guard->wake, &guard->lock, &at);
        stop = guard->stop;
        (void)pthread_mutex_unlock(&guard->lock);
        write_notes(guard);
        /* only this thread changes `now`, so it may be read here without the lock */
        if (!stop && zd_guard_is_stale(guard->now->guard) && load(guard, NULL) != ZD_OK)
            continue; /* the old rules go on; tried again in a second */
    }
    return NULL;
}

enum zd_status zd_chat_guard_open(const char *office_dir, struct zd_chat_guard **ret_guard,
                                  struct zd_error *err)
{
    struct zd_chat_guard *guard = zd_alloc(sizeof *guard);
    pthread_condattr_t attributes;
    enum zd_status st;

    if (!guard || strlen(office_dir) >= sizeof guard->dir || pthread_condattr_init(&attributes)) {
        zd_free(guard);
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the guard");
    }
    memcpy(guard->dir, office_dir, strlen(office_dir) + 1);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&guard->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&guard->lock, NULL);
    st = load(guard, err);
    if (st == ZD_OK && pthread_create(&guard->thread, NULL, keep_fresh, guard) != 0)
        st = ZD_FAIL(err, ZD_IO, 0, "the thread of the guard does not start");
    else if (st == ZD_OK)
        guard->has_thread = true;
    if (st != ZD_OK) {
        zd_chat_guard_close(guard);
        return st;
    }
    *ret_guard = guard;
    return ZD_OK;
}

void zd_chat_guard_close(struct zd_chat_guard *guard)
{
    if (!guard)
        return;
    if (guard->has_thread) {
        (void)pthread_mutex_lock(&guard->lock);
        guard->stop = true;
        (void)pthread_cond_signal(&guard->wake);
        (void)pthread_mutex_unlock(&guard->lock);
        (void)pthread_join(guard->thread, NULL);
    }
    leave(guard->now);
    (void)pthread_cond_destroy(&guard->wake);
    (void)pthread_mutex_destroy(&guard->lock);
    zd_free(guard);
}
