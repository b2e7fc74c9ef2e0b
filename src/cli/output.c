/* output.c: see output.h. */
#include "cli/output.h"

#include <errno.h>
#include <string.h>

enum zd_status zd_output_open(const char *path, FILE **ret_file, struct zd_error *err)
{
    FILE *file = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");

    if (!file)
        return ZD_FAIL(err, ZD_IO, 0, "cannot write %s: %s", path, strerror(errno));
    *ret_file = file;
    return ZD_OK;
}

bool zd_output_line(void *context, struct zd_str line)
{
    FILE *file = context;

    return fwrite(line.p, 1, line.n, file) == line.n && fputc('\n', file) != EOF;
}

enum zd_status zd_output_close(FILE *file, const char *path, struct zd_error *err)
{
    bool failed;

    if (!file)
        return ZD_OK;
    failed = fflush(file) != 0 || ferror(file);
    if (file != stdout)
        failed |= fclose(file) != 0;
    if (failed)
        return ZD_FAIL(err, ZD_IO, 0, "cannot write %s", path);
    return ZD_OK;
}
