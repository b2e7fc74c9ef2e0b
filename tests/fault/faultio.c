/* faultio: stands between a program and its disk (LD_PRELOAD), to count what it changes there, to
 * end it at any point, to fail any operation, and to write down all of it.
 *
 * It wraps every call of libc through which zhidian and SQLite change files, for paths at and
 * below FAULTIO_ROOT; everything else passes through. What is an operation, and so a point:
 * making a file (open with O_CREAT where there is none, or O_TRUNC), write in all its forms,
 * truncate, fallocate, fsync and fdatasync (of files and folders), rename, link, unlink, mkdir,
 * rmdir. The n-th operation of the process, from 1, is point n.
 *
 *     FAULTIO_ROOT=/absolute/folder
 *     FAULTIO_KILL=N     SIGKILL before operation N
 *     FAULTIO_HALF=N     operation N, where it writes, writes half its bytes, then SIGKILL
 *     FAULTIO_FAIL=N[+]  operation N fails (with +: every one from N on) …
 *     FAULTIO_ERROR=E    … with EIO, ENOSPC or EDQUOT; SHORT: writes only half and says so.
 *                        Only operations that can fail so do: ENOSPC and EDQUOT not for unlink,
 *                        SHORT only for writes
 *     FAULTIO_LOG=FILE   appends a record of every operation (below); FILE lies outside the root
 *     FAULTIO_LIE=WHAT   a sync of db, wal, index, folder or merged (what is merged aside in the
 *                        index) says "done" and does nothing: bugs to plant, which the replayer
 *                        must notice (replay.py --planted)
 *
 * The log, all integers little-endian, one record an operation, in the order of their effects:
 *
 *     u32 magic 0x4c494f46 ("FOIL"), u32 kind, u64 inode, i64 offset (or length, or 0),
 *     u64 bytes of data, u32 bytes of path, u32 bytes of second path, i32 errno or 0, u32 point
 *     path, second path, data
 *
 * A writable shared mapping of anything but SQLite's -shm cannot be recorded and ends the program
 * with a message: nobody may write a durable file that way. Writes through the -shm mapping are
 * not points: SQLite rebuilds that file after every crash.
 *
 * The calls go straight to the kernel (syscall), so nothing is looked up and nothing allocated,
 * and a library that calls us before our constructor ran is passed through. Threads: the counter
 * is atomic; with a log, one lock makes the order of records the order of effects.
 */
#undef _FILE_OFFSET_BITS /* each call is defined here under both its names */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAGIC 0x4c494f46u
#define FDS 4096
#define FROM_NOW_ON UINT32_MAX

enum kind { CREATE = 1, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, MKDIR, RMDIR, LINK };

struct record {
    uint32_t magic, kind;
    uint64_t inode;
    int64_t offset;
    uint64_t n_data;
    uint32_t n_path, n_path2;
    int32_t error;
    uint32_t point;
};
_Static_assert(sizeof(struct record) == 48, "as the replayer reads it");

static bool ready;
static char root[PATH_MAX];
static size_t n_root;
static uint32_t kill_at, half_at, fail_from, fail_to;
static int fail_error; /* 0: short */
static const char *lie;
static int log_fd = -1;
static atomic_uint counter;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static _Atomic unsigned char tracked[FDS]; /* 1: the descriptor lies below the root */

/* ---- set-up ---- */

static uint32_t number_of(const char *name)
{
    const char *s = getenv(name);

    return s ? (uint32_t)strtoul(s, NULL, 10) : 0;
}

static void read_failure(void)
{
    const char *s = getenv("FAULTIO_FAIL"), *error = getenv("FAULTIO_ERROR");

    if (!s)
        return;
    fail_from = fail_to = (uint32_t)strtoul(s, NULL, 10);
    if (strchr(s, '+'))
        fail_to = FROM_NOW_ON;
    if (!error || strcmp(error, "EIO") == 0)
        fail_error = EIO;
    else if (strcmp(error, "ENOSPC") == 0)
        fail_error = ENOSPC;
    else if (strcmp(error, "EDQUOT") == 0)
        fail_error = EDQUOT;
}

__attribute__((constructor)) static void set_up(void)
{
    const char *where = getenv("FAULTIO_ROOT"), *log = getenv("FAULTIO_LOG");

    if (!where || where[0] != '/' || strlen(where) >= sizeof root)
        return;
    n_root = strlen(where);
    memcpy(root, where, n_root + 1);
    kill_at = number_of("FAULTIO_KILL");
    half_at = number_of("FAULTIO_HALF");
    read_failure();
    lie = getenv("FAULTIO_LIE");
    if (log)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                              0600);
    ready = true;
}

static void die(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
}

static void complain(const char *what)
{
    syscall(SYS_write, 2, "faultio: ", 9);
    syscall(SYS_write, 2, what, strlen(what));
    syscall(SYS_write, 2, "\n", 1);
    abort();
}

/* ---- paths ---- */

static bool below_root(const char *path)
{
    return strncmp(path, root, n_root) == 0 && (path[n_root] == '\0' || path[n_root] == '/');
}

/* The absolute path of a descriptor (AT_FDCWD: the working folder). */
static bool path_of_fd(int fd, char out[PATH_MAX])
{
    char link[64];
    ssize_t n;

    if (fd == AT_FDCWD)
        memcpy(link, "/proc/self/cwd", 15);
    else
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = syscall(SYS_readlinkat, AT_FDCWD, link, out, PATH_MAX - 1);
    if (n <= 0)
        return false;
    out[n] = '\0';
    return true;
}

/* The absolute path of `path` at a folder; false where it does not lie below the root. */
static bool resolve(int folder, const char *path, char out[PATH_MAX])
{
    size_t n = 0, m = strlen(path);

    if (!ready)
        return false;
    if (path[0] != '/') {
        if (!path_of_fd(folder, out))
            return false;
        n = strlen(out);
        out[n++] = '/';
    }
    if (n + m >= PATH_MAX)
        return false;
    memcpy(out + n, path, m + 1);
    return below_root(out);
}

static bool is_tracked(int fd)
{
    return ready && fd >= 0 && fd < FDS && tracked[fd];
}

static uint64_t inode_of(int fd)
{
    struct stat info;

    return fstat(fd, &info) == 0 ? (uint64_t)info.st_ino : 0;
}

static uint64_t inode_at(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0 ? (uint64_t)info.st_ino : 0;
}

/* ---- one operation ---- */

struct step {
    enum kind kind;
    uint32_t point;
    int error; /* it shall fail with this */
    bool half, short_write;
};

static bool can_fail_so(enum kind kind)
{
    if (fail_error == 0)
        return kind == WRITE;
    if (fail_error == EIO)
        return true;
    return kind == CREATE || kind == WRITE || kind == TRUNCATE || kind == MKDIR || kind == RENAME ||
           kind == LINK;
}

/* Counts the operation and says what shall become of it; may not return. */
static struct step step_begin(enum kind kind)
{
    struct step s = {.kind = kind};

    if (log_fd >= 0)
        pthread_mutex_lock(&order);
    s.point = atomic_fetch_add(&counter, 1) + 1;
    if (s.point == kill_at || (s.point == half_at && kind != WRITE))
        die();
    s.half = s.point == half_at;
    if (fail_from && s.point >= fail_from && s.point <= fail_to && can_fail_so(kind)) {
        s.error = fail_error;
        s.short_write = fail_error == 0;
    }
    return s;
}

static void record(const struct step *s, uint64_t inode, int64_t offset, const char *path,
                   const char *path2, const struct iovec *data, int n_data, int64_t done, int error)
{
    struct record r = {.magic = MAGIC, .kind = s->kind, .inode = inode, .offset = offset};
    struct iovec out[3 + IOV_MAX / 64];
    int n = 3;

    if (log_fd < 0)
        return;
    r.n_path = path ? (uint32_t)strlen(path) : 0;
    r.n_path2 = path2 ? (uint32_t)strlen(path2) : 0;
    r.error = error;
    r.point = s->point;
    r.n_data = done > 0 ? (uint64_t)done : 0;
    out[0] = (struct iovec){&r, sizeof r};
    out[1].iov_base = (void *)(uintptr_t)path;
    out[1].iov_len = r.n_path;
    out[2].iov_base = (void *)(uintptr_t)path2;
    out[2].iov_len = r.n_path2;
    for (int i = 0; i < n_data && done > 0; i++) {
        size_t take = data[i].iov_len < (size_t)done ? data[i].iov_len : (size_t)done;

        if (n == (int)(sizeof out / sizeof out[0]))
            complain("too many pieces in one writev");
        out[n].iov_base = data[i].iov_base;
        out[n++].iov_len = take;
        done -= (int64_t)take;
    }
    if (syscall(SYS_writev, log_fd, out, n) < (long)sizeof r)
        complain("the log cannot be written");
}

static void step_end(void)
{
    if (log_fd >= 0)
        pthread_mutex_unlock(&order);
}

/* ---- writes ---- */

/* Half of what the pieces hold, at least one byte where there is one, as a new first piece count. */
static size_t halve(const struct iovec *in, int n, struct iovec *out, int *ret_n)
{
    size_t all = 0, want, have = 0;
    int m = 0;

    for (int i = 0; i < n; i++)
        all += in[i].iov_len;
    want = (all + 1) / 2;
    for (int i = 0; i < n && have < want; i++) {
        size_t take = in[i].iov_len < want - have ? in[i].iov_len : want - have;

        out[m] = in[i];
        out[m++].iov_len = take;
        have += take;
    }
    *ret_n = m;
    return all;
}

static ssize_t raw_write(int fd, const struct iovec *v, int n, int64_t offset)
{
    if (offset < 0)
        return syscall(SYS_writev, fd, v, n);
    return syscall(SYS_pwritev, fd, v, n, (long)offset, (long)(offset >> 32 >> 31 >> 1));
}

/* offset < 0: at the descriptor's place. */
static ssize_t change_write(int fd, const struct iovec *v, int n, int64_t offset)
{
    struct iovec part[8];
    struct step s;
    int64_t at = offset;
    ssize_t done = -1;
    int saved;

    if (!is_tracked(fd))
        return raw_write(fd, v, n, offset);
    if (n > (int)(sizeof part / sizeof part[0]))
        complain("more pieces in one write than expected");
    s = step_begin(WRITE);
    if (at < 0)
        at = syscall(SYS_lseek, fd, 0L, SEEK_CUR);
    if (s.half || s.short_write) {
        int m = 0;

        halve(v, n, part, &m);
        done = raw_write(fd, part, m, offset);
        if (s.half)
            die();
    } else if (s.error) {
        errno = s.error;
    } else {
        done = raw_write(fd, v, n, offset);
    }
    saved = errno;
    record(&s, inode_of(fd), at, NULL, NULL, v, n, done, done < 0 ? saved : 0);
    step_end();
    errno = saved;
    return done;
}

ssize_t write(int fd, const void *p, size_t n)
{
    struct iovec v = {(void *)(uintptr_t)p, n};

    if (!is_tracked(fd))
        return syscall(SYS_write, fd, p, n);
    return change_write(fd, &v, 1, -1);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t offset)
{
    struct iovec v = {(void *)(uintptr_t)p, n};

    return change_write(fd, &v, 1, offset);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t offset)
{
    return pwrite(fd, p, n, offset);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
    return change_write(fd, v, n, -1);
}

ssize_t pwritev(int fd, const struct iovec *v, int n, off_t offset)
{
    return change_write(fd, v, n, offset);
}

/* ---- the length of a file ---- */

int ftruncate(int fd, off_t n)
{
    struct step s;
    int done = -1, saved;

    if (!is_tracked(fd))
        return (int)syscall(SYS_ftruncate, fd, n);
    s = step_begin(TRUNCATE);
    if (s.error)
        errno = s.error;
    else
        done = (int)syscall(SYS_ftruncate, fd, n);
    saved = errno;
    record(&s, inode_of(fd), n, NULL, NULL, NULL, 0, 0, done < 0 ? saved : 0);
    step_end();
    errno = saved;
    return done;
}

int ftruncate64(int fd, off64_t n)
{
    return ftruncate(fd, n);
}

int truncate(const char *path, off_t n)
{
    char at[PATH_MAX];

    if (resolve(AT_FDCWD, path, at))
        complain("truncate by path is not recorded; use a descriptor");
    return (int)syscall(SYS_truncate, path, n);
}

int fallocate(int fd, int mode, off_t offset, off_t n)
{
    if (is_tracked(fd))
        complain("fallocate is not recorded");
    return (int)syscall(SYS_fallocate, fd, mode, offset, n);
}

int posix_fallocate(int fd, off_t offset, off_t n)
{
    if (is_tracked(fd))
        complain("posix_fallocate is not recorded");
    return syscall(SYS_fallocate, fd, 0, offset, n) == 0 ? 0 : errno;
}

/* ---- syncs ---- */

static bool is_lied_about(const char *path, bool folder)
{
    size_t n = strlen(path);

    if (!lie)
        return false;
    if (strcmp(lie, "folder") == 0)
        return folder;
    if (folder)
        return false;
    if (strcmp(lie, "wal") == 0)
        return n > 4 && strcmp(path + n - 4, "-wal") == 0;
    if (strcmp(lie, "db") == 0)
        return n > 3 && strcmp(path + n - 3, ".db") == 0;
    if (strcmp(lie, "merged") == 0)
        return strstr(path + n_root, "/index/merging/") != NULL;
    return strcmp(lie, "index") == 0 && strstr(path + n_root, "/index/") != NULL;
}

static int change_sync(int fd, long call)
{
    char path[PATH_MAX] = "";
    struct stat info;
    struct step s;
    int done = -1, saved;

    if (!is_tracked(fd))
        return (int)syscall(call, fd);
    if (!path_of_fd(fd, path) || fstat(fd, &info) != 0)
        complain("a descriptor without a path");
    s = step_begin(SYNC);
    if (s.error)
        errno = s.error;
    else
        done = is_lied_about(path, S_ISDIR(info.st_mode)) ? 1 : (int)syscall(call, fd);
    saved = errno;
    if (done <= 0)
        record(&s, (uint64_t)info.st_ino, S_ISDIR(info.st_mode), path, NULL, NULL, 0, 0,
               done < 0 ? saved : 0);
    step_end();
    errno = saved;
    return done < 0 ? -1 : 0;
}

int fsync(int fd)
{
    return change_sync(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return change_sync(fd, SYS_fdatasync);
}

int sync_file_range(int fd, off64_t offset, off64_t n, unsigned flags)
{
    return (int)syscall(SYS_sync_file_range, fd, offset, n, flags); /* promises nothing */
}

/* ---- names ---- */

static void track(int fd, bool on)
{
    if (fd >= FDS && on)
        complain("more descriptors than expected");
    if (fd >= 0 && fd < FDS)
        tracked[fd] = on;
}

static int change_open(int folder, const char *path, int flags, mode_t mode)
{
    char at[PATH_MAX];
    bool mine = resolve(folder, path, at), makes;
    struct step s;
    int fd = -1, saved;

    if (!mine) {
        fd = (int)syscall(SYS_openat, folder, path, flags, mode);
        track(fd, false);
        return fd;
    }
    makes =
        (flags & O_TRUNC) || ((flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, at, F_OK) != 0);
    if (!makes) {
        fd = (int)syscall(SYS_openat, folder, path, flags, mode);
        track(fd, true);
        return fd;
    }
    s = step_begin(CREATE);
    if (s.error)
        errno = s.error;
    else
        fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    saved = errno;
    record(&s, fd >= 0 ? inode_of(fd) : 0, 0, at, NULL, NULL, 0, 0, fd < 0 ? saved : 0);
    step_end();
    track(fd, true);
    errno = saved;
    return fd;
}

#define MODE_OF(flags, mode)                                                                       \
    do {                                                                                           \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        if ((flags) & (O_CREAT | __O_TMPFILE))                                                     \
            mode = va_arg(rest, mode_t);                                                           \
        va_end(rest);                                                                              \
    } while (0)

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return change_open(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return change_open(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return change_open(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;

    MODE_OF(flags, mode);
    return change_open(folder, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
    return change_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode)
{
    return creat(path, mode);
}

/* What fortified headers call where no mode is given. */
int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return change_open(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return change_open(AT_FDCWD, path, flags, 0);
}

int __openat_2(int folder, const char *path, int flags);
int __openat_2(int folder, const char *path, int flags)
{
    return change_open(folder, path, flags, 0);
}

int close(int fd)
{
    track(fd, false);
    return (int)syscall(SYS_close, fd);
}

static int change_two(enum kind kind, int from_folder, const char *from, int to_folder,
                      const char *to, unsigned flags)
{
    char a[PATH_MAX], b[PATH_MAX];
    bool mine = resolve(from_folder, from, a), other = resolve(to_folder, to, b);
    long call = kind == LINK ? SYS_linkat : SYS_renameat2;
    struct step s;
    uint64_t inode;
    int done = -1, saved;

    if (!mine && !other)
        return (int)syscall(call, from_folder, from, to_folder, to, flags);
    if (!mine || !other)
        complain("a rename across the border of the root");
    s = step_begin(kind);
    inode = inode_at(a);
    if (s.error)
        errno = s.error;
    else
        done = (int)syscall(call, from_folder, from, to_folder, to, flags);
    saved = errno;
    record(&s, inode, 0, a, b, NULL, 0, 0, done < 0 ? saved : 0);
    step_end();
    errno = saved;
    return done;
}

int rename(const char *from, const char *to)
{
    return change_two(RENAME, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    return change_two(RENAME, from_folder, from, to_folder, to, 0);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    return change_two(RENAME, from_folder, from, to_folder, to, flags);
}

int link(const char *from, const char *to)
{
    return change_two(LINK, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static int change_one(enum kind kind, int folder, const char *path, long call, long argument)
{
    char at[PATH_MAX];
    struct step s;
    uint64_t inode;
    int done = -1, saved;

    if (!resolve(folder, path, at))
        return (int)syscall(call, folder, path, argument);
    if (kind == UNLINK && inode_at(at) == 0)
        return (int)syscall(call, folder, path, argument); /* nothing there, nothing to lose */
    s = step_begin(kind);
    inode = kind == MKDIR ? 0 : inode_at(at);
    if (s.error)
        errno = s.error;
    else
        done = (int)syscall(call, folder, path, argument);
    saved = errno;
    record(&s, kind == MKDIR && done == 0 ? inode_at(at) : inode, 0, at, NULL, NULL, 0, 0,
           done < 0 ? saved : 0);
    step_end();
    errno = saved;
    return done;
}

int unlink(const char *path)
{
    return change_one(UNLINK, AT_FDCWD, path, SYS_unlinkat, 0);
}

int unlinkat(int folder, const char *path, int flags)
{
    return change_one(flags & AT_REMOVEDIR ? RMDIR : UNLINK, folder, path, SYS_unlinkat, flags);
}

int rmdir(const char *path)
{
    return change_one(RMDIR, AT_FDCWD, path, SYS_unlinkat, AT_REMOVEDIR);
}

int remove(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode) ? rmdir(path) : unlink(path);
}

int mkdir(const char *path, mode_t mode)
{
    return change_one(MKDIR, AT_FDCWD, path, SYS_mkdirat, (long)mode);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    return change_one(MKDIR, folder, path, SYS_mkdirat, (long)mode);
}

/* ---- mappings ---- */

static void *change_mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    char path[PATH_MAX];
    size_t length;

    if (is_tracked(fd) && (protection & PROT_WRITE) && (flags & MAP_SHARED) &&
        path_of_fd(fd, path)) {
        length = strlen(path);
        if (length < 4 || strcmp(path + length - 4, "-shm") != 0)
            complain("a durable file is mapped for writing");
    }
    return (void *)syscall(SYS_mmap, at, n, protection, flags, fd, offset);
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
    return change_mmap(at, n, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t n, int protection, int flags, int fd, off64_t offset)
{
    return change_mmap(at, n, protection, flags, fd, offset);
}
