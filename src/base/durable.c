/* durable.c: see durable.h. */
#include "base/durable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

#define WRITE_BUFFER_BYTES ((size_t)1 << 16)
#define TEMPORARY_END ".tmp"

struct zd_durable_file {
    int fd;
    int failed_errno; /* the first failure; nothing is written after it */
    uint64_t offset;
    size_t n_buffered;
    size_t sync_every, n_unsynced; /* 0: only at the commit */
    char path[PATH_MAX], temporary[PATH_MAX];
    uint8_t buffer[WRITE_BUFFER_BYTES];
};

/* The folder a path lies in, as a path that open() takes. */
static void folder_of(const char *path, char out[PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;

    if (!slash) {
        out[0] = '.';
        n = 1;
    } else if (n == 0) {
        out[0] = '/';
        n = 1;
    } else {
        memcpy(out, path, n);
    }
    out[n] = '\0';
}

static enum zd_status sync_folder(const char *folder, struct zd_error *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed;

    if (fd < 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot open folder %s: %s", folder, strerror(errno));
    failed = fsync(fd) != 0 ? errno : 0;
    close(fd);
    if (failed)
        return ZD_FAIL(err, ZD_IO, 0, "cannot sync folder %s: %s", folder, strerror(failed));
    return ZD_OK;
}

static enum zd_status make_one_folder(const char *path, struct zd_error *err)
{
    char parent[PATH_MAX];
    struct stat info;

    if (mkdir(path, 0700) != 0) {
        int failed = errno;

        if (failed == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
            return ZD_OK;
        return ZD_FAIL(err, ZD_IO, 0, "cannot make folder %s: %s", path, strerror(failed));
    }
    folder_of(path, parent);
    return sync_folder(parent, err);
}

enum zd_status zd_durable_mkdir(const char *path, struct zd_error *err)
{
    char part[PATH_MAX];
    size_t n = strlen(path);

    if (n == 0 || n >= sizeof part)
        return ZD_FAIL(err, ZD_IO, 0, "a folder path of %zu bytes cannot be used", n);
    memcpy(part, path, n + 1);
    for (size_t i = 1; i < n; i++) {
        enum zd_status st;

        if (part[i] != '/')
            continue;
        part[i] = '\0';
        st = make_one_folder(part, err);
        part[i] = '/';
        if (st != ZD_OK)
            return st;
    }
    return make_one_folder(part, err);
}

enum zd_status zd_durable_begin(const char *path, struct zd_durable_file **ret_file,
                                struct zd_error *err)
{
    struct zd_durable_file *file = NULL;
    char id[ZD_ID_TEXT_BYTES];
    enum zd_status st = zd_id_new(id, err);
    int n;

    if (st != ZD_OK)
        return st;
    file = zd_alloc(sizeof *file);
    if (!file)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for writing %s", path);
    n = snprintf(file->temporary, sizeof file->temporary, "%s.%.8s" TEMPORARY_END, path, id);
    if (n < 0 || (size_t)n >= sizeof file->temporary) {
        zd_free(file);
        return ZD_FAIL(err, ZD_IO, 0, "the path %.60s… is too long", path);
    }
    memcpy(file->path, path, strlen(path) + 1);
    file->fd = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file->fd < 0) {
        st = ZD_FAIL(err, ZD_IO, 0, "cannot make %s: %s", file->temporary, strerror(errno));
        zd_free(file);
        return st;
    }
    *ret_file = file;
    return ZD_OK;
}

static void file_write(struct zd_durable_file *file, const uint8_t *p, size_t n)
{
    while (n > 0 && !file->failed_errno) {
        ssize_t wrote = write(file->fd, p, n);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            file->failed_errno = wrote < 0 ? errno : EIO;
            return;
        }
        p += wrote;
        n -= (size_t)wrote;
        file->n_unsynced += (size_t)wrote;
    }
    if (file->sync_every > 0 && file->n_unsynced >= file->sync_every && !file->failed_errno) {
        file->n_unsynced = 0;
        if (fsync(file->fd) != 0)
            file->failed_errno = errno;
    }
}

static void file_flush(struct zd_durable_file *file)
{
    file_write(file, file->buffer, file->n_buffered);
    file->n_buffered = 0;
}

void zd_durable_add(struct zd_durable_file *file, struct zd_bytes b)
{
    file->offset += b.n;
    if (b.n > WRITE_BUFFER_BYTES - file->n_buffered)
        file_flush(file);
    if (b.n >= WRITE_BUFFER_BYTES) {
        file_write(file, b.p, b.n);
        return;
    }
    if (b.n)
        memcpy(file->buffer + file->n_buffered, b.p, b.n);
    file->n_buffered += b.n;
}

void zd_durable_sync_every(struct zd_durable_file *file, size_t n_bytes)
{
    file->sync_every = n_bytes;
}

uint64_t zd_durable_offset(const struct zd_durable_file *file)
{
    return file->offset;
}

enum zd_status zd_durable_commit(struct zd_durable_file *file, struct zd_error *err)
{
    char folder[PATH_MAX];
    enum zd_status st;

    file_flush(file);
    if (!file->failed_errno && fsync(file->fd) != 0)
        file->failed_errno = errno;
    if (close(file->fd) != 0 && !file->failed_errno)
        file->failed_errno = errno;
    file->fd = -1;
    if (!file->failed_errno && rename(file->temporary, file->path) != 0)
        file->failed_errno = errno;
    if (file->failed_errno) {
        st = ZD_FAIL(err, ZD_IO, file->offset, "cannot write %s: %s", file->path,
                     strerror(file->failed_errno));
        zd_durable_abort(file);
        return st;
    }
    folder_of(file->path, folder);
    st = sync_folder(folder, err);
    zd_free(file);
    return st;
}

void zd_durable_abort(struct zd_durable_file *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    unlink(file->temporary);
    zd_free(file);
}

enum zd_status zd_durable_write(const char *path, struct zd_bytes b, struct zd_error *err)
{
    struct zd_durable_file *file = NULL;
    enum zd_status st = zd_durable_begin(path, &file, err);

    if (st != ZD_OK)
        return st;
    zd_durable_add(file, b);
    return zd_durable_commit(file, err);
}

enum zd_status zd_durable_move(const char *from, const char *to, struct zd_error *err)
{
    char source[PATH_MAX], target[PATH_MAX];
    enum zd_status st;

    if (strlen(from) >= sizeof source || strlen(to) >= sizeof target)
        return ZD_FAIL(err, ZD_IO, 0, "the path %.60s… is too long", to);
    if (rename(from, to) != 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot rename %s: %s", from, strerror(errno));
    folder_of(from, source);
    folder_of(to, target);
    st = sync_folder(target, err);
    if (st == ZD_OK && strcmp(source, target) != 0)
        st = sync_folder(source, err);
    return st;
}

enum zd_status zd_durable_remove(const char *path, struct zd_error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return ZD_FAIL(err, ZD_IO, 0, "cannot remove %s: %s", path, strerror(errno));
    return ZD_OK;
}

enum zd_status zd_durable_sync_names(const char *path, struct zd_error *err)
{
    char folder[PATH_MAX];

    if (strlen(path) >= sizeof folder)
        return ZD_FAIL(err, ZD_IO, 0, "the path %.60s… is too long", path);
    folder_of(path, folder);
    return sync_folder(folder, err);
}

/* Removes the files of a folder whose names end so. */
static enum zd_status remove_ending(const char *folder, struct zd_str end, struct zd_error *err)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;

    if (!dir)
        return ZD_FAIL(err, ZD_IO, 0, "cannot list folder %s: %s", folder, strerror(errno));
    while ((entry = readdir(dir)) != NULL)
        if (zd_str_ends(zd_str_c(entry->d_name), end))
            unlinkat(dirfd(dir), entry->d_name, 0); /* of a folder: fails, and it stays */
    closedir(dir);
    return ZD_OK;
}

enum zd_status zd_durable_sweep(const char *folder, struct zd_error *err)
{
    return remove_ending(folder, ZD_STR(TEMPORARY_END), err);
}

enum zd_status zd_durable_empty(const char *folder, struct zd_error *err)
{
    return remove_ending(folder, ZD_STR(""), err);
}

enum zd_status zd_durable_lock(const char *path, int *ret_lock, struct zd_error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot open %s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        int failed = errno;

        close(fd);
        if (failed == EWOULDBLOCK)
            return ZD_FAIL(err, ZD_BUSY, 0, "another process is writing (%s is locked)", path);
        return ZD_FAIL(err, ZD_IO, 0, "cannot lock %s: %s", path, strerror(failed));
    }
    *ret_lock = fd;
    return ZD_OK;
}

void zd_durable_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}
