/* office_zip.h: bytes as one part of an archive that is right in all else, so that a fuzz target
 * reaches what lies behind the checksums of a ZIP. */
#ifndef ZD_FUZZ_OFFICE_ZIP_H
#define ZD_FUZZ_OFFICE_ZIP_H

#include <zlib.h>

#include "base/buf.h"
#include "parse_oracle.h"

#define OFFICE_ZIP_PARTS 8

struct office_zip {
    struct zd_buf out, directory;
    unsigned n;
};

static inline void office_zip_add(struct office_zip *zip, const char *name, struct zd_bytes content)
{
    uint32_t crc = (uint32_t)crc32(0, content.p, (unsigned)content.n), at = (uint32_t)zip->out.n;

    zip->n++;
    zd_buf_c(&zip->out, "PK\3\4");
    zd_buf_c(&zip->directory, "PK\1\2");
    zd_buf_u16(&zip->directory, 20);
    for (int i = 0; i < 2; i++) {
        struct zd_buf *b = i ? &zip->directory : &zip->out;

        zd_buf_u16(b, 20); /* version */
        zd_buf_u32(b, 0);  /* flags, method: stored */
        zd_buf_u32(b, 0);  /* time */
        zd_buf_u32(b, crc);
        zd_buf_u32(b, (uint32_t)content.n);
        zd_buf_u32(b, (uint32_t)content.n);
        zd_buf_u16(b, (uint16_t)strlen(name));
        zd_buf_u16(b, 0); /* extra */
    }
    zd_buf_u16(&zip->directory, 0);
    zd_buf_u32(&zip->directory, 0);
    zd_buf_u32(&zip->directory, 0);
    zd_buf_u32(&zip->directory, at);
    zd_buf_c(&zip->directory, name);
    zd_buf_c(&zip->out, name);
    zd_buf_add(&zip->out, content.p, content.n);
}

/* Ends the archive and reads it as a file. */
static inline void office_zip_read(struct office_zip *zip)
{
    uint32_t at = (uint32_t)zip->out.n;

    zd_buf_add(&zip->out, zip->directory.p, zip->directory.n);
    zd_buf_c(&zip->out, "PK\5\6");
    zd_buf_u32(&zip->out, 0);
    zd_buf_u16(&zip->out, (uint16_t)zip->n);
    zd_buf_u16(&zip->out, (uint16_t)zip->n);
    zd_buf_u32(&zip->out, (uint32_t)zip->directory.n);
    zd_buf_u32(&zip->out, at);
    zd_buf_u16(&zip->out, 0);
    if (!zip->out.bad)
        read_as_file(zip->out.p, zip->out.n, "a.docx");
    zd_buf_done(&zip->out);
    zd_buf_done(&zip->directory);
}

/* The input cut at each line "==" into the parts of the names, in their order. */
static inline void office_zip_of(const uint8_t *data, size_t size, const char *const *names)
{
    struct office_zip zip = {.out = {.max = 4 * ZD_MiB}, .directory = {.max = ZD_MiB}};
    struct zd_str rest = {(const char *)data, size};

    for (size_t i = 0; names[i]; i++) {
        size_t end = names[i + 1] ? zd_str_find(rest, ZD_STR("\n==\n"), 0) : SIZE_MAX;

        end = end == SIZE_MAX ? rest.n : end;
        office_zip_add(&zip, names[i], zd_str_bytes(zd_str_cut(rest, 0, end)));
        rest = zd_str_cut(rest, end + 4, rest.n);
    }
    office_zip_read(&zip);
}

#endif
