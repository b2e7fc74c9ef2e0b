/* clerk: the thread that owns gateway.db while the gateway is open.
 *
 * It writes what the loop hands over, many in one transaction, at the latest WRITE_AFTER_MS later,
 * and looks every LOOK_EVERY_MS whether a command has changed the file; then it reads all settings
 * anew and tells the loop through an eventfd. One lock guards what both touch: the queue, the
 * newest config, the stop flag. No lock is held while the database works.
 *
 * When writing fails (a full disk) the records stay and are tried again; a loop that hears it is
 * behind begins nothing new, so nothing is given away uncounted. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/durable.h"
#include "base/seal.h"
#include "model/model_private.h"

#define LOOK_EVERY_MS 400
#define WRITE_AFTER_MS 50
#define BEHIND_RECORDS 20000 /* then nothing new is begun */
#define MAX_RECORDS 40000

struct record {
    struct record *next;
    struct zd_usage_row usage; /* its texts lie behind the record */
    int32_t day;
};

struct zd_model__clerk {
    struct zd_gateway *gateway;
    struct zd_store *store;
    uint8_t seal_key[ZD_SEAL_KEY_BYTES];
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct record *first, *last;     /* under lock */
    size_t n;                        /* under lock */
    struct zd_model__config *newest; /* under lock; NULL: taken */
    bool stop;                       /* under lock */
    uint64_t changes;                /* the clerk's own */
};

/* Copies a text behind the record. */
static void keep(struct zd_str *text, char **at)
{
    if (text->n > 0)
        memcpy(*at, text->p, text->n);
    text->p = *at;
    *at += text->n;
}

static struct record *record_of(const struct zd_usage_row *usage, int32_t day)
{
    const struct zd_str texts[] = {usage->id,    usage->api_key, usage->department, usage->desk,
                                   usage->model, usage->backend, usage->host};
    struct record *record;
    size_t n = 0;
    char *at;

    for (size_t i = 0; i < ZD_COUNT(texts); i++)
        n += texts[i].n;
    record = zd_alloc(sizeof *record + n);
    if (!record)
        return NULL;
    record->usage = *usage;
    record->day = day;
    at = (char *)(record + 1);
    keep(&record->usage.id, &at);
    keep(&record->usage.api_key, &at);
    keep(&record->usage.department, &at);
    keep(&record->usage.desk, &at);
    keep(&record->usage.model, &at);
    keep(&record->usage.backend, &at);
    keep(&record->usage.host, &at);
    return record;
}

bool zd_model__clerk_put(struct zd_model__clerk *clerk, const struct zd_usage_row *usage,
                         int32_t day)
{
    struct record *record = record_of(usage, day);
    bool taken = false;

    if (!record)
        return false;
    (void)pthread_mutex_lock(&clerk->lock);
    if (clerk->n < MAX_RECORDS) {
        if (clerk->last)
            clerk->last->next = record;
        else
            clerk->first = record;
        clerk->last = record;
        if (clerk->n++ == 0)
            (void)pthread_cond_signal(&clerk->wake);
        taken = true;
    }
    (void)pthread_mutex_unlock(&clerk->lock);
    if (!taken)
        zd_free(record);
    return taken;
}

bool zd_model__clerk_is_behind(struct zd_model__clerk *clerk)
{
    bool behind;

    (void)pthread_mutex_lock(&clerk->lock);
    behind = clerk->n >= BEHIND_RECORDS;
    (void)pthread_mutex_unlock(&clerk->lock);
    return behind;
}

struct zd_model__config *zd_model__clerk_config(struct zd_model__clerk *clerk)
{
    struct zd_model__config *config;

    (void)pthread_mutex_lock(&clerk->lock);
    config = clerk->newest;
    clerk->newest = NULL;
    (void)pthread_mutex_unlock(&clerk->lock);
    return config;
}

/* Takes some records; the rest stays. */
static struct record *take_records(struct zd_model__clerk *clerk)
{
    struct record *first, *last = NULL;
    size_t n = 0;

    (void)pthread_mutex_lock(&clerk->lock);
    first = clerk->first;
    for (struct record *r = first; r && n < ZD_USAGE_BATCH_MAX; r = r->next, n++)
        last = r;
    if (last) {
        clerk->first = last->next;
        if (!clerk->first)
            clerk->last = NULL;
        last->next = NULL;
        clerk->n -= n;
    }
    (void)pthread_mutex_unlock(&clerk->lock);
    return first;
}

static void put_back(struct zd_model__clerk *clerk, struct record *first)
{
    struct record *last = first;
    size_t n = 1;

    for (; last->next; last = last->next)
        n++;
    (void)pthread_mutex_lock(&clerk->lock);
    last->next = clerk->first;
    clerk->first = first;
    if (!clerk->last)
        clerk->last = last;
    clerk->n += n;
    (void)pthread_mutex_unlock(&clerk->lock);
}

/* Writes some of what waits. False: nothing waited, or the database did not take it. */
static bool write_some(struct zd_model__clerk *clerk)
{
    struct record *records = take_records(clerk);
    struct zd_usage_entry entries[ZD_USAGE_BATCH_MAX];
    struct zd_error err = {0};
    size_t n = 0;
    enum zd_status st;

    if (!records)
        return false;
    for (struct record *r = records; r; r = r->next)
        entries[n++] = (struct zd_usage_entry){&r->usage, r->day};
    st = zd_store_begin(clerk->store, &err);
    if (st == ZD_OK)
        st = zd_usage_put(clerk->store, zd_subject_owner(), entries, n, &err);
    if (st == ZD_OK)
        st = zd_store_commit(clerk->store, &err);
    if (st != ZD_OK) {
        zd_store_abort(clerk->store);
        put_back(clerk, records);
        zd_model__log(clerk->gateway, "usage is not written, waiting: %s", err.what);
        return false;
    }
    while (records) {
        struct record *next = records->next;

        zd_free(records);
        records = next;
    }
    return true;
}

/* Reads the settings where a command has changed them. */
static void look(struct zd_model__clerk *clerk)
{
    struct zd_model__config *config = NULL, *old;
    struct zd_error err = {0};
    uint64_t changes = clerk->changes, one = 1;
    enum zd_status st = zd_store_changes(clerk->store, &changes, &err);

    if (st == ZD_OK && changes == clerk->changes)
        return;
    if (st == ZD_OK)
        st = zd_model__config_read(clerk->store, clerk->seal_key, &config, &err);
    if (st != ZD_OK) {
        zd_model__log(clerk->gateway, "settings of the gateway are not read, waiting: %s",
                      err.what);
        return;
    }
    clerk->changes = changes;
    (void)pthread_mutex_lock(&clerk->lock);
    old = clerk->newest;
    clerk->newest = config;
    (void)pthread_mutex_unlock(&clerk->lock);
    zd_model__config_free(old);
    while (write(clerk->gateway->news_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

static void wait_until(struct zd_model__clerk *clerk, uint64_t at_us)
{
    struct timespec at = {.tv_sec = (time_t)(at_us / 1000000),
                          .tv_nsec = (long)(at_us % 1000000) * 1000};

    (void)pthread_mutex_lock(&clerk->lock);
    while (!clerk->stop && clerk->n == 0 && zd_clock_mono_us() < at_us)
        (void)pthread_cond_timedwait(&clerk->wake, &clerk->lock, &at);
    (void)pthread_mutex_unlock(&clerk->lock);
}

static bool is_stopped(struct zd_model__clerk *clerk)
{
    bool stop;

    (void)pthread_mutex_lock(&clerk->lock);
    stop = clerk->stop;
    (void)pthread_mutex_unlock(&clerk->lock);
    return stop;
}

static void *clerk_main(void *argument)
{
    static const struct timespec pause = {.tv_nsec = WRITE_AFTER_MS * 1000000L};
    static const struct timespec retry = {.tv_nsec = LOOK_EVERY_MS * 1000000L};
    struct zd_model__clerk *clerk = argument;
    uint64_t look_at = 0;
    bool waits;

    while (!is_stopped(clerk)) {
        uint64_t now = zd_clock_mono_us();

        if (now >= look_at) {
            look(clerk);
            look_at = now + (uint64_t)LOOK_EVERY_MS * 1000;
        }
        wait_until(clerk, look_at);
        (void)nanosleep(&pause, NULL); /* what comes together is written together */
        do
            waits = write_some(clerk);
        while (waits);
        if (zd_model__clerk_is_behind(clerk))
            (void)nanosleep(&retry, NULL);
    }
    do
        waits = write_some(clerk);
    while (waits);
    return NULL;
}

static enum zd_status clerk_start(struct zd_model__clerk *clerk, struct zd_error *err)
{
    pthread_condattr_t attributes;

    if (pthread_condattr_init(&attributes) != 0)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the gateway's clerk");
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&clerk->wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    (void)pthread_mutex_init(&clerk->lock, NULL);
    if (pthread_create(&clerk->thread, NULL, clerk_main, clerk) != 0)
        return ZD_FAIL(err, ZD_IO, 0, "the gateway's clerk does not start");
    clerk->has_thread = true;
    return ZD_OK;
}

static enum zd_status join(const char *dir, const char *name, struct zd_buf *path,
                           struct zd_error *err)
{
    zd_buf_clear(path);
    zd_buf_printf(path, "%s/%s", dir, name);
    if (!zd_buf_cstr(path))
        return ZD_FAIL(err, ZD_LIMIT, 0, "the path of the office is too long");
    return ZD_OK;
}

enum zd_status zd_gateway_store(const char *dir, enum zd_store_mode mode,
                                struct zd_store **ret_store, struct zd_error *err)
{
    struct zd_buf path = {.max = 4096};
    enum zd_status st = mode == ZD_STORE_WRITE ? zd_durable_mkdir(dir, err) : ZD_OK;

    if (st == ZD_OK)
        st = join(dir, "gateway.db", &path, err);
    if (st == ZD_OK)
        st = zd_store_open_gateway(zd_buf_cstr(&path), mode, ret_store, err);
    zd_buf_done(&path);
    return st;
}

static enum zd_status key_ready(const char *dir, uint8_t key[ZD_SEAL_KEY_BYTES],
                                struct zd_error *err)
{
    struct zd_buf path = {.max = 4096};
    enum zd_status st = zd_durable_mkdir(dir, err);

    if (st == ZD_OK)
        st = join(dir, "gateway.key", &path, err);
    if (st == ZD_OK)
        st = zd_seal_key_ready(zd_buf_cstr(&path), key, err);
    zd_buf_done(&path);
    return st;
}

enum zd_status zd_gateway_seal(const char *dir, struct zd_str backend, struct zd_str secret,
                               struct zd_buf *out, struct zd_error *err)
{
    uint8_t key[ZD_SEAL_KEY_BYTES];
    enum zd_status st = key_ready(dir, key, err);

    if (st == ZD_OK)
        st = zd_seal(key, backend, zd_str_bytes(secret), out, err);
    zd_wipe(key, sizeof key);
    return st;
}

enum zd_status zd_model__clerk_open(struct zd_gateway *gateway, const char *dir,
                                    struct zd_model__clerk **ret_clerk, struct zd_error *err)
{
    struct zd_model__clerk *clerk = zd_alloc(sizeof *clerk);
    enum zd_status st;

    if (!clerk)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for the gateway's clerk");
    clerk->gateway = gateway;
    st = key_ready(dir, clerk->seal_key, err);
    if (st == ZD_OK)
        st = zd_gateway_store(dir, ZD_STORE_WRITE, &clerk->store, err);
    if (st == ZD_OK)
        st = zd_usage_tidy(clerk->store, zd_subject_owner(), err);
    if (st == ZD_OK)
        st = zd_model__ledger_load(&gateway->ledger, clerk->store, gateway->today, err);
    if (st == ZD_OK)
        st = zd_store_changes(clerk->store, &clerk->changes, err);
    if (st == ZD_OK)
        st = zd_model__config_read(clerk->store, clerk->seal_key, &clerk->newest, err);
    if (st == ZD_OK)
        st = clerk_start(clerk, err);
    if (st != ZD_OK) {
        zd_model__clerk_close(clerk);
        return st;
    }
    *ret_clerk = clerk;
    return ZD_OK;
}

void zd_model__clerk_close(struct zd_model__clerk *clerk)
{
    if (!clerk)
        return;
    if (clerk->has_thread) {
        (void)pthread_mutex_lock(&clerk->lock);
        clerk->stop = true;
        (void)pthread_cond_signal(&clerk->wake);
        (void)pthread_mutex_unlock(&clerk->lock);
        (void)pthread_join(clerk->thread, NULL);
        (void)pthread_cond_destroy(&clerk->wake);
        (void)pthread_mutex_destroy(&clerk->lock);
    }
    while (clerk->first) {
        struct record *next = clerk->first->next;

        zd_free(clerk->first);
        clerk->first = next;
    }
    zd_model__config_free(clerk->newest);
    zd_store_close(clerk->store);
    zd_wipe(clerk->seal_key, sizeof clerk->seal_key);
    zd_free(clerk);
}
