/* What the tests of store share: a database in a folder of its own, removed at the end. */
#ifndef ZD_STORE_SUPPORT_H
#define ZD_STORE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/document.h"
#include "store/store.h"
#include "store/version.h"

struct fixture {
    char folder[32], path[64];
    struct zd_store *store;
    struct zd_arena *arena;
};

static inline int fixture_open(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct zd_error err = {0};

    if (!f)
        return -1;
    snprintf(f->folder, sizeof f->folder, "/tmp/zd-store-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/zhidian.db", f->folder);
    f->arena = zd_arena_new((size_t)64 << 20);
    if (zd_store_open(f->path, ZD_STORE_WRITE, &f->store, &err) != ZD_OK) {
        print_error("%s\n", err.what);
        return -1;
    }
    *state = f;
    return 0;
}

static inline int fixture_close(void **state)
{
    static const char *const names[] = {"zhidian.db", "zhidian.db-wal", "zhidian.db-shm", "other"};
    struct fixture *f = *state;
    char path[96];

    zd_store_close(f->store);
    zd_arena_free(f->arena);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        unlink(path);
    }
    rmdir(f->folder);
    free(f);
    return 0;
}

/* A document with this id and access. */
static inline int64_t add_document(struct fixture *f, const char *id, uint32_t access)
{
    struct zd_document d = {
        .id = zd_str_c(id), .title = ZD_STR("办法"), .title_key = ZD_STR("办法"), .access = access};
    int64_t key = 0;
    struct zd_error err = {0};

    if (zd_document_add(f->store, zd_subject_owner(), &d, &key, &err) != ZD_OK)
        fail_msg("%s", err.what);
    return key;
}

static inline struct zd_version add_version(struct fixture *f, int64_t document, struct zd_str text)
{
    struct zd_version v = {.document = document, .source = ZD_STR("/a"), .title = ZD_STR("办法")};
    struct zd_error err = {0};

    if (zd_sha256(zd_str_bytes(text), v.text_hash, &err) != ZD_OK ||
        zd_version_add(f->store, zd_subject_owner(), &v, text, &err) != ZD_OK)
        fail_msg("%s", err.what);
    return v;
}

#endif
