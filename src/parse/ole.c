/* ole.c: which document an old Office container holds, told by its streams. */
#include "base/caps.h"
#include "parse/cfb.h"
#include "parse/readers_private.h"

#define LOOK_ARENA_BYTES (256 * ZD_MiB)

static bool has_one_of(struct zd_bytes raw, const char *const *names)
{
    struct zd_arena *arena = zd_arena_new(LOOK_ARENA_BYTES);
    struct zd_parse__cfb cfb;
    bool found = false;

    if (arena && zd_parse__cfb_open(raw, arena, &cfb, NULL) == ZD_OK)
        for (; *names && !found; names++)
            found = zd_parse__cfb_has(&cfb, *names);
    zd_arena_free(arena);
    return found;
}

bool zd_parse__is_doc(struct zd_bytes raw)
{
    return has_one_of(raw, (const char *const[]){"WordDocument", NULL});
}

bool zd_parse__is_xls(struct zd_bytes raw)
{
    return has_one_of(raw, (const char *const[]){"Workbook", "Book", NULL});
}

enum zd_status zd_parse__doc_file(struct zd_bytes raw, struct zd_parse__maker *m,
                                  struct zd_error *err)
{
    struct zd_parse__cfb cfb;
    enum zd_status st = zd_parse__cfb_open(raw, m->arena, &cfb, err);

    return st == ZD_OK ? zd_parse__doc(&cfb, m, err) : st;
}

enum zd_status zd_parse__xls_file(struct zd_bytes raw, struct zd_parse__maker *m,
                                  struct zd_error *err)
{
    struct zd_parse__cfb cfb;
    enum zd_status st = zd_parse__cfb_open(raw, m->arena, &cfb, err);

    return st == ZD_OK ? zd_parse__xls(&cfb, m, err) : st;
}

/* None of these: by its name, with what would help. */
enum zd_status zd_parse__ole_refuse(struct zd_bytes raw, struct zd_parse__maker *m,
                                    struct zd_error *err)
{
    struct zd_parse__cfb cfb;
    enum zd_status st = zd_parse__cfb_open(raw, m->arena, &cfb, err);

    if (st != ZD_OK)
        return st;
    if (zd_parse__cfb_has(&cfb, "EncryptedPackage"))
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "the document is locked with a password: save it without one and add that");
    if (zd_parse__cfb_has(&cfb, "PowerPoint Document"))
        return ZD_FAIL(err, ZD_INVALID, 0,
                       "this is an old presentation (PPT), which cannot be read: save it as .pptx "
                       "and add that");
    return ZD_FAIL(err, ZD_INVALID, 0,
                   "this is an old Office file of another kind (an early WPS or Works text, a "
                   "mail), which cannot be read: save it as .docx, .xlsx or .txt and add that");
}
