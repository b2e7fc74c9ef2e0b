/* lines: one buffer; a line that lies whole in it is given in place. */
#include "ingest/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caps.h"

#define READ_BYTES ((size_t)1 << 18)

struct zd_lines {
    int fd;
    char *p; /* [cap], bytes [from, n) are not given yet */
    size_t from, n, cap;
    uint64_t number;
    bool at_end;
};

enum zd_status zd_lines_open(const char *path, struct zd_lines **ret_lines, struct zd_error *err)
{
    struct zd_lines *lines = NULL;
    struct stat info;
    enum zd_status st = ZD_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return ZD_FAIL(err, errno == ENOENT ? ZD_NOT_FOUND : ZD_IO, 0, "cannot read %s: %s", path,
                       strerror(errno));
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        st = ZD_FAIL(err, ZD_INVALID, 0, "%s is no regular file", path);
    else if ((uint64_t)info.st_size > ZD_JSONL_FILE_MAX_BYTES)
        st = ZD_FAIL(err, ZD_LIMIT, 0, "%s is larger than %zu bytes", path,
                     (size_t)ZD_JSONL_FILE_MAX_BYTES);
    if (st == ZD_OK) {
        lines = zd_alloc(sizeof *lines);
        if (!lines)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory left to read %s", path);
    }
    if (st != ZD_OK) {
        (void)close(fd); /* it was only read */
        return st;
    }
    lines->fd = fd;
    *ret_lines = lines;
    return ZD_OK;
}

void zd_lines_close(struct zd_lines *lines)
{
    if (!lines)
        return;
    (void)close(lines->fd); /* it was only read */
    zd_free(lines->p);
    zd_free(lines);
}

/* Reads more behind what is there; sets at_end. */
static enum zd_status lines_fill(struct zd_lines *lines, struct zd_error *err)
{
    ssize_t got;

    if (lines->from > 0) {
        memmove(lines->p, lines->p + lines->from, lines->n - lines->from);
        lines->n -= lines->from;
        lines->from = 0;
    }
    if (!zd_grow(&lines->p, &lines->cap, lines->n + READ_BYTES, 1,
                 ZD_JSONL_LINE_MAX_BYTES + 2 * READ_BYTES))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for a line");
    do
        got = read(lines->fd, lines->p + lines->n, READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return ZD_FAIL(err, ZD_IO, 0, "cannot read on: %s", strerror(errno));
    lines->n += (size_t)got;
    lines->at_end = got == 0;
    return ZD_OK;
}

/* Finds the end of the next line from byte `seen` on, reading as needed; SIZE_MAX where the line
 * is too long, in which case all that is there may be thrown away. */
static enum zd_status lines_find_end(struct zd_lines *lines, size_t *ret_end, struct zd_error *err)
{
    size_t seen = 0;

    for (;;) {
        size_t n = lines->n - lines->from;
        const char *end = n > seen ? memchr(lines->p + lines->from + seen, '\n', n - seen) : NULL;
        enum zd_status st;

        if (end) {
            *ret_end = (size_t)(end - lines->p);
            return ZD_OK;
        }
        if (lines->at_end) {
            *ret_end = lines->n;
            return ZD_OK;
        }
        if (n > ZD_JSONL_LINE_MAX_BYTES) {
            *ret_end = SIZE_MAX;
            return ZD_OK;
        }
        seen = n;
        st = lines_fill(lines, err);
        if (st != ZD_OK)
            return st;
    }
}

/* Throws away everything up to and with the next line end. */
static enum zd_status lines_skip(struct zd_lines *lines, struct zd_error *err)
{
    size_t end = SIZE_MAX;
    enum zd_status st = ZD_OK;

    while (st == ZD_OK && end == SIZE_MAX) {
        lines->from = lines->n;
        st = lines_find_end(lines, &end, err);
    }
    if (st == ZD_OK)
        lines->from = end < lines->n ? end + 1 : end;
    return st;
}

enum zd_status zd_lines_next(struct zd_lines *lines, struct zd_str *ret_line, bool *ret_more,
                             struct zd_error *err)
{
    struct zd_str line;
    size_t end = 0;
    enum zd_status st = lines_find_end(lines, &end, err);

    if (st != ZD_OK)
        return st;
    if (end == SIZE_MAX || end - lines->from > ZD_JSONL_LINE_MAX_BYTES) {
        lines->number++;
        if (end == SIZE_MAX)
            st = lines_skip(lines, err);
        else
            lines->from = end < lines->n ? end + 1 : end;
        if (st != ZD_OK)
            return st;
        return ZD_FAIL(err, ZD_LIMIT, 0, "the line is longer than %zu bytes",
                       (size_t)ZD_JSONL_LINE_MAX_BYTES);
    }
    if (end == lines->n && lines->from == lines->n) {
        *ret_more = false;
        return ZD_OK;
    }
    line = (struct zd_str){lines->p + lines->from, end - lines->from};
    lines->from = end < lines->n ? end + 1 : end;
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (lines->number++ == 0 && zd_str_starts(line, ZD_STR("\xef\xbb\xbf")))
        line = zd_str_cut(line, 3, line.n);
    *ret_line = line;
    *ret_more = true;
    return ZD_OK;
}

uint64_t zd_lines_number(const struct zd_lines *lines)
{
    return lines->number;
}
