/* mapping.c: see mapping.h. */
#include "base/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_uint_fast64_t live;

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
    enum zd_status st = open_regular(path, max_bytes, &fd, &n, err);

    if (st != ZD_OK)
        return st;
    if (n > 0) {
        base = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
        if (base == MAP_FAILED) {
            st = ZD_FAIL(err, ZD_IO, 0, "cannot map %s: %s", path, strerror(errno));
            close(fd);
            return st;
        }
    }
    close(fd);
    if (base)
        atomic_fetch_add(&live, 1);
    *ret_file = (struct zd_mapping){base, n};
    return ZD_OK;
}

void zd_mapping_close(struct zd_mapping *file)
{
    if (!file->base)
        return;
    munmap(file->base, file->n);
    atomic_fetch_sub(&live, 1);
    *file = (struct zd_mapping){0};
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
