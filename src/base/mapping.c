/* mapping.c: see mapping.h.
 *
 * The table of mappings is global because a signal handler has no other way to reach it. A slot is
 * taken by setting its base and given back by clearing it; the handler reads bases and
 * lengths that stay as they are while a thread can fault in them. mmap over our own page is no
 * function that POSIX calls safe in a handler; on Linux it is a plain system call.
 */
#include "base/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOTS 16384u

struct slot {
    _Atomic(uint8_t *) base; /* NULL: free */
    atomic_size_t n;
    atomic_bool lost;
};

static atomic_uint_fast64_t live;
static struct slot slots[SLOTS];
static pthread_once_t guarded = PTHREAD_ONCE_INIT;

/* The rest of the mapping becomes zeros, from the page that byte `at` of it lies in. */
static bool replace_rest(struct slot *slot, size_t at)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t from = at - at % page; /* a mapping begins at a page */

    if (mmap(atomic_load(&slot->base) + from, atomic_load(&slot->n) - from, PROT_READ,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        return false;
    atomic_store(&slot->lost, true);
    return true;
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    const uintptr_t at = (uintptr_t)info->si_addr;
    const int saved = errno;

    (void)context;
    for (size_t i = 0; i < SLOTS && info->si_code > 0; i++) {
        const uintptr_t base = (uintptr_t)atomic_load(&slots[i].base);

        if (base && at >= base && at - base < atomic_load(&slots[i].n) &&
            replace_rest(&slots[i], at - base)) {
            errno = saved;
            return;
        }
    }
    (void)signal(number, SIG_DFL); /* not ours: the access happens again and ends the process */
}

static void guard(void)
{
    struct sigaction action = {.sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO};

    sigemptyset(&action.sa_mask);
    (void)sigaction(SIGBUS, &action, NULL);
}

/* A slot for a mapping, plus 1; 0 where all are taken. */
static uint32_t take_slot(void *base, size_t n)
{
    for (uint32_t i = 0; i < SLOTS; i++) {
        uint8_t *none = NULL;

        if (atomic_load(&slots[i].base) ||
            !atomic_compare_exchange_strong(&slots[i].base, &none, (uint8_t *)base))
            continue;
        atomic_store(&slots[i].lost, false);
        atomic_store(&slots[i].n, n);
        return i + 1;
    }
    return 0;
}

static void give_slot(uint32_t slot)
{
    if (slot == 0)
        return;
    atomic_store(&slots[slot - 1].n, 0);
    atomic_store(&slots[slot - 1].base, NULL);
}

bool zd_mapping_is_lost(const struct zd_mapping *file)
{
    return file->slot > 0 && atomic_load(&slots[file->slot - 1].lost);
}

/* Opens a regular file and says how long it is. The caller closes *ret_fd. */
static enum zd_status open_regular(const char *path, size_t max_bytes, int *ret_fd, size_t *ret_n,
                                   struct zd_error *err)
{
    /* O_NONBLOCK: opening a named pipe must not wait for a writer; it is refused below */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat info;
    enum zd_status st = ZD_OK;

    if (fd < 0)
        return ZD_FAIL(err, errno == ENOENT ? ZD_NOT_FOUND : ZD_IO, 0, "cannot open %s: %s", path,
                       strerror(errno));
    if (fstat(fd, &info) != 0)
        st = ZD_FAIL(err, ZD_IO, 0, "cannot look at %s: %s", path, strerror(errno));
    else if (!S_ISREG(info.st_mode))
        st = ZD_FAIL(err, ZD_INVALID, 0, "%s is not a regular file", path);
    else if (info.st_size < 0 || (uint64_t)info.st_size > max_bytes)
        st = ZD_FAIL(err, ZD_LIMIT, max_bytes, "%s is larger than %zu bytes", path, max_bytes);
    if (st != ZD_OK) {
        close(fd);
        return st;
    }
    *ret_fd = fd;
    *ret_n = (size_t)info.st_size;
    return ZD_OK;
}

enum zd_status zd_mapping_open(const char *path, size_t max_bytes, struct zd_mapping *ret_file,
                               struct zd_error *err)
{
    int fd;
    size_t n;
    void *base = NULL;
    uint32_t slot = 0;
    enum zd_status st = open_regular(path, max_bytes, &fd, &n, err);

    if (st != ZD_OK)
        return st;
    (void)pthread_once(&guarded, guard);
    if (n > 0) {
        base = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
        if (base == MAP_FAILED) {
            st = ZD_FAIL(err, ZD_IO, 0, "cannot map %s: %s", path, strerror(errno));
            close(fd);
            return st;
        }
    }
    close(fd);
    if (base) {
        slot = take_slot(base, n);
        if (slot == 0) {
            munmap(base, n);
            return ZD_FAIL(err, ZD_LIMIT, SLOTS, "more than %u files are mapped", SLOTS);
        }
        atomic_fetch_add(&live, 1);
    }
    *ret_file = (struct zd_mapping){base, n, slot};
    return ZD_OK;
}

void zd_mapping_close(struct zd_mapping *file)
{
    if (!file->base)
        return;
    give_slot(file->slot);
    munmap(file->base, file->n);
    atomic_fetch_sub(&live, 1);
    *file = (struct zd_mapping){0};
}

void zd_mapping_forget(const struct zd_mapping *file, const uint8_t *p, size_t n)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *base = file->base;
    size_t from, to;

    if (!base || p < base || (size_t)(p - base) > file->n || n > file->n - (size_t)(p - base))
        return;
    from = ((size_t)(p - base) + page - 1) / page * page;
    to = ((size_t)(p - base) + n) / page * page;
    if (from < to)
        (void)madvise(base + from, to - from, MADV_DONTNEED); /* only an advice */
}

struct zd_bytes zd_mapping_bytes(const struct zd_mapping *file)
{
    return (struct zd_bytes){file->base, file->n};
}

uint64_t zd_mapping_live(void)
{
    return atomic_load(&live);
}

enum zd_status zd_file_read(const char *path, size_t max_bytes, struct zd_owned_bytes *ret_bytes,
                            struct zd_error *err)
{
    int fd = -1;
    size_t n = 0, have = 0;
    uint8_t *p = NULL;
    enum zd_status st = open_regular(path, max_bytes, &fd, &n, err);

    if (st != ZD_OK)
        return st;
    p = zd_alloc(n + 1);
    if (!p) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for reading %s", path);
        goto out;
    }
    while (have < n) {
        ssize_t got = read(fd, p + have, n - have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            st = ZD_FAIL(err, ZD_IO, have, "cannot read %s: %s", path, strerror(errno));
            goto out;
        }
        if (got == 0)
            break; /* the file became shorter meanwhile: what was read is what there is */
        have += (size_t)got;
    }
    *ret_bytes = (struct zd_owned_bytes){p, have};
    p = NULL;
out:
    zd_free(p);
    close(fd);
    return st;
}
