/* mapping: files seen as bytes, read-only: mapped for our own index files, read whole for the
 * files a person hands in.
 *
 * A mapped page that can no longer be read (the file was cut, the disk fails) raises SIGBUS, which
 * would end the whole service. The first mapping installs a handler: a page of ours, and all of the
 * mapping after it, becomes zeros and the mapping is marked lost; whoever reads it asks
 * zd_mapping_is_lost afterwards and drops what came from it. A SIGBUS anywhere else ends the
 * process as before. */
#ifndef ZD_BASE_MAPPING_H
#define ZD_BASE_MAPPING_H

#include "base/base.h"

/* Zero-initialised means "none", and closing none is fine. */
struct zd_mapping {
    void *base;
    size_t n;
    uint32_t slot; /* its place in the handler's table, plus 1; 0 for none */
};

/* Maps a regular file of at most max_bytes. An empty file gives an empty mapping.
 * Errors: ZD_NOT_FOUND no such file; ZD_LIMIT larger, or too many are mapped; ZD_INVALID no regular
 * file; ZD_IO. */
enum zd_status zd_mapping_open(const char *path, size_t max_bytes, struct zd_mapping *ret_file,
                               struct zd_error *err) ZD_MUST_USE;
void zd_mapping_close(struct zd_mapping *file);
struct zd_bytes zd_mapping_bytes(const struct zd_mapping *file); /* borrowed from file */

/* Gives the memory of n bytes from p on back to the system: they are read anew from the file when
 * they are wanted again. For passes over much that nobody will want soon. */
void zd_mapping_forget(const struct zd_mapping *file, const uint8_t *p, size_t n);

/* True once a page could not be read: some of the bytes seen may have been zeros since. */
bool zd_mapping_is_lost(const struct zd_mapping *file);

/* Mappings open in this process: tests hold it at its old value. */
uint64_t zd_mapping_live(void);

/* Reads a regular file whole; the caller frees ret_bytes->p with zd_free. A NUL byte follows the
 * content. Errors as zd_mapping_open, and ZD_NOMEM. */
struct zd_owned_bytes {
    uint8_t *p;
    size_t n;
};
enum zd_status zd_file_read(const char *path, size_t max_bytes, struct zd_owned_bytes *ret_bytes,
                            struct zd_error *err) ZD_MUST_USE;

#endif
