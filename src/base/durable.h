/* durable: the one place that changes files which must survive a power cut.
 *
 * A file appears whole or not at all: it is written under a temporary name in the same folder,
 * synced, renamed, and the folder synced (POSIX rename; the order that LMDB, LevelDB and SQLite's
 * journals rely on). When a sync has failed, the pages may be lost although a retry would say
 * "done" (Rebello et al., "Can Applications Recover from fsync Failures?", 2020): the failure is
 * therefore remembered in the file object and nothing is acknowledged after it.
 *
 * SQLite writes its own files; everything else of the data folder goes through here, and a check
 * in the build refuses write, rename and their kin in any other file.
 */
#ifndef ZD_BASE_DURABLE_H
#define ZD_BASE_DURABLE_H

#include "base/base.h"

/* Makes the folder and its parents (mode 0700) and syncs what it made. An existing one is fine.
 * Errors: ZD_IO. */
enum zd_status zd_durable_mkdir(const char *path, struct zd_error *err) ZD_MUST_USE;

struct zd_durable_file;

/* Begins a new file that will stand at `path` (mode 0600) after the commit, replacing what is
 * there. On success the caller ends *ret_file with _commit or _abort. Errors: ZD_IO, ZD_NOMEM. */
enum zd_status zd_durable_begin(const char *path, struct zd_durable_file **ret_file,
                                struct zd_error *err) ZD_MUST_USE;

/* Appends through a buffer. A failure sticks and is reported by the commit. */
void zd_durable_add(struct zd_durable_file *file, struct zd_bytes b);

/* From now on the file is synced whenever so many bytes were written, so that the sync of the commit
 * has little left and others' syncs do not wait for all of it. 0: only at the commit. */
void zd_durable_sync_every(struct zd_durable_file *file, size_t n_bytes);

/* Bytes appended so far. */
uint64_t zd_durable_offset(const struct zd_durable_file *file);

/* Flush, sync, rename, sync the folder; consumes the file whatever comes back. After ZD_IO the
 * old file stands at the path or, where only the folder's sync failed, the new one; each whole. */
enum zd_status zd_durable_commit(struct zd_durable_file *file, struct zd_error *err) ZD_MUST_USE;

/* Removes the temporary file; NULL is fine. */
void zd_durable_abort(struct zd_durable_file *file);

/* Begin, add, commit in one. */
enum zd_status zd_durable_write(const char *path, struct zd_bytes b,
                                struct zd_error *err) ZD_MUST_USE;

/* Gives a file that was committed another name, maybe in another folder of the same file system,
 * replacing what is there; both folders are synced. After ZD_IO it stands under one of the two. */
enum zd_status zd_durable_move(const char *from, const char *to, struct zd_error *err) ZD_MUST_USE;

/* Removes a file; one that is not there is fine. The folder is not synced: a file that comes
 * back after a power cut must be harmless. Errors: ZD_IO. */
enum zd_status zd_durable_remove(const char *path, struct zd_error *err) ZD_MUST_USE;

/* Makes the names in the folder of `path` certain, where a library made files and does not say
 * whether their names were synced. Errors: ZD_IO. */
enum zd_status zd_durable_sync_names(const char *path, struct zd_error *err) ZD_MUST_USE;

/* Removes what interrupted writes left in a folder: files that end in ".tmp". */
enum zd_status zd_durable_sweep(const char *folder, struct zd_error *err) ZD_MUST_USE;

/* Removes every file of a work folder, whose content nobody needs; folders in it stay.
 * Errors: ZD_IO. */
enum zd_status zd_durable_empty(const char *folder, struct zd_error *err) ZD_MUST_USE;

/* An advisory lock on `path` (made where missing), held until _unlock or the process ends.
 * Errors: ZD_BUSY where another process holds it; ZD_IO. */
enum zd_status zd_durable_lock(const char *path, int *ret_lock, struct zd_error *err) ZD_MUST_USE;
void zd_durable_unlock(int lock);

#endif
