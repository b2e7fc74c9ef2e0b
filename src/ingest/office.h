/* office: one data folder, opened for reading: the database and the index snapshot that belongs
 * to it.
 *
 *     DIR/zhidian.db     the truth (docs/formats.md)
 *     DIR/index/         derived from zhidian.db
 *     DIR/zhidian.lock   held by the one process that changes the office
 *
 * A view is one consistent state: between _begin and _end, rows and postings are those of one
 * commit, whatever a writer does meanwhile. The snapshot is opened again only when the database
 * names another generation; threads share it.
 *
 * Threads: a zd_office is shared by all threads; each thread has its own zd_view (open once, used
 * for many questions). The lock inside is held only while a snapshot changes.
 */
#ifndef ZD_INGEST_OFFICE_H
#define ZD_INGEST_OFFICE_H

#include "base/base.h"
#include "index/index.h"
#include "semantic/model.h"
#include "store/store.h"

struct zd_office;
struct zd_view;

/* Errors: ZD_NOT_FOUND no office there (the message says how to make one); as zd_store_open. */
enum zd_status zd_office_open(const char *dir, struct zd_office **ret_office,
                              struct zd_error *err) ZD_MUST_USE;
void zd_office_close(struct zd_office *office); /* after its views; NULL is fine */
const char *zd_office_dir(const struct zd_office *office);

/* One thread's handle. */
enum zd_status zd_view_open(struct zd_office *office, struct zd_view **ret_view,
                            struct zd_error *err) ZD_MUST_USE;
void zd_view_close(struct zd_view *view); /* ends what is begun; NULL is fine */

/* Begins a consistent state. An office whose index is missing or damaged still begins: the
 * snapshot is then NULL or partial and zd_view_is_partial says so. Errors: ZD_BUSY, ZD_IO, … */
enum zd_status zd_view_begin(struct zd_view *view, struct zd_error *err) ZD_MUST_USE;
void zd_view_end(struct zd_view *view);

/* Valid from _begin to _end. The index is NULL while nothing has been added. */
struct zd_store *zd_view_store(const struct zd_view *view);
const struct zd_index *zd_view_index(const struct zd_view *view);
struct zd_model *zd_view_model(const struct zd_view *view); /* never NULL */
uint64_t zd_view_generation(const struct zd_view *view);    /* of the index; 0: nothing was added */
bool zd_view_is_partial(const struct zd_view *view);

#endif
