/* archive.c: a ZIP archive of documents (APPNOTE 6.3.9): which members it has, and one of them.
 *
 * A ZIP file that is a document (Office, OpenDocument, EPUB, OFD) is no archive, however damaged: its
 * parts must never come in as documents. Members are counted without folders, links and names that
 * begin with a dot, as files below a folder are. A name is UTF-8 where it says so or is; else GBK, as
 * Windows in China writes it. It is data only; its "." and ".." are left out all the same. What is
 * wrong with one member is that member's: locked, too large, unpacking as bombs do, damaged, an
 * archive itself. Entries that overlap refuse the whole (zip.h).
 */
#include <string.h>

#include "base/caps.h"
#include "base/utf8.h"
#include "parse/read.h"
#include "parse/readers_private.h"
#include "parse/zip.h"
#include "text/text.h"

#define GBK 936
#define NAME_MAX_BYTES ((size_t)1024) /* as a worker is told it */

struct archive {
    struct zd_parse__zip zip;
    uint32_t *entries; /* [members.n]: the entry of each */
    struct zd_parse_members members;
};

/* A part that only documents have; of each kind several, since a damaged file may have lost one. */
static bool is_document(const struct zd_parse__zip *zip)
{
    static const char *const parts[] = {
        "[Content_Types].xml",
        "_rels/.rels",
        "word/document.xml",
        "xl/workbook.xml",
        "ppt/presentation.xml",
        "mimetype",
        "content.xml",
        "styles.xml",
        "META-INF/container.xml",
        "META-INF/manifest.xml",
        "OFD.xml",
    };

    for (size_t i = 0; i < ZD_COUNT(parts); i++)
        if (zd_parse__zip_find(zip, zd_str_c(parts[i])))
            return true;
    return false;
}

/* The parts of a name between / or \ one by one; false at its end. */
static bool next_part(struct zd_str name, size_t *at, struct zd_str *ret_part)
{
    size_t from = *at, to;

    if (from >= name.n)
        return false;
    for (to = from; to < name.n && name.p[to] != '/' && name.p[to] != '\\'; to++)
        ;
    *ret_part = zd_str_cut(name, from, to);
    *at = to + 1;
    return true;
}

static bool is_step(struct zd_str part)
{
    return part.n == 0 || zd_str_eq(part, ZD_STR(".")) || zd_str_eq(part, ZD_STR(".."));
}

/* The name for people: "/" between parts that lead down only. False where it is passed over. */
static bool read_name(const struct zd_parse__zip_entry *e, struct zd_buf *text, struct zd_buf *name)
{
    struct zd_str whole, part;
    size_t at = 0;

    zd_buf_clear(text);
    zd_buf_clear(name);
    if (zd_utf8_valid_prefix(zd_str_bytes(e->name)) == e->name.n)
        zd_buf_str(text, e->name);
    else /* also one that says falsely it is UTF-8 */
        zd_decode_page(zd_str_bytes(e->name), GBK, text);
    whole = zd_buf_view(text);
    if (e->is_link || zd_str_ends(whole, ZD_STR("/")) || zd_str_ends(whole, ZD_STR("\\")))
        return false;
    while (next_part(whole, &at, &part)) {
        if (is_step(part))
            continue;
        if (part.p[0] == '.')
            return false;
        if (name->n > 0)
            zd_buf_byte(name, '/');
        zd_buf_str(name, part);
    }
    if (name->n == 0)
        zd_buf_byte(name, '?');
    return true;
}

/* Why a member is not read, or "". `all` counts the bytes of those before it. */
static const char *refusal(const struct zd_parse__zip_entry *e, uint64_t *all)
{
    if (e->is_locked)
        return "it is protected by a password: pack it without one";
    if (e->is_damaged)
        return "its record in the archive is damaged";
    if (e->method != 0 && e->method != 8)
        return "it is compressed in a way that is not read: pack it as plain ZIP";
    if (e->n_bytes > ZD_UPLOAD_MAX_BYTES)
        return "it unpacks to more than a file may have; split it";
    if (e->n_bytes > ZD_ZIP_RATIO_FROM_BYTES && e->n_bytes / ZD_ZIP_MAX_RATIO > e->n_packed)
        return "it unpacks to many times its size, as bombs do";
    if (e->n_bytes > ZD_ZIP_MAX_BYTES - *all)
        return "the archive unpacks to more than is allowed, and this member would come after that";
    *all += e->n_bytes;
    return "";
}

static enum zd_status list(struct archive *a, struct zd_arena *arena, struct zd_error *err)
{
    struct zd_buf text = {.max = NAME_MAX_BYTES * 256}, name = {.max = NAME_MAX_BYTES * 256};
    struct zd_parse_members *members = &a->members;
    enum zd_status st = ZD_OK;
    uint64_t all = 0;

    members->p = zd_arena_array(arena, a->zip.n + 1, sizeof *members->p);
    a->entries = zd_arena_array(arena, a->zip.n + 1, sizeof *a->entries);
    if (!members->p || !a->entries)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the members of an archive");
    for (size_t i = 0; st == ZD_OK && i < a->zip.n; i++) {
        struct zd_parse_member *member = &members->p[members->n];
        struct zd_str shown;

        if (!read_name(&a->zip.p[i], &text, &name))
            continue;
        shown = zd_buf_view(&name);
        if (shown.n > NAME_MAX_BYTES) /* its end says most */
            shown = zd_str_cut(shown, zd_utf8_floor(shown, shown.n - NAME_MAX_BYTES + 4), shown.n);
        member->name = zd_arena_str(arena, shown);
        member->refused = zd_str_c(refusal(&a->zip.p[i], &all));
        a->entries[members->n++] = (uint32_t)i;
        if (!member->name.p || text.bad || name.bad)
            st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the members of an archive");
        else if (members->n > ZD_ARCHIVE_MAX_MEMBERS)
            st = ZD_FAIL(err, ZD_LIMIT, ZD_ARCHIVE_MAX_MEMBERS,
                         "the ZIP archive has more than the %d files allowed; split it",
                         ZD_ARCHIVE_MAX_MEMBERS);
    }
    zd_buf_done(&text);
    zd_buf_done(&name);
    return st;
}

static enum zd_status open_archive(struct zd_bytes raw, struct zd_arena *arena, struct archive *a,
                                   struct zd_error *err)
{
    enum zd_status st = zd_parse__zip_open_each(raw, arena, &a->zip, err);

    if (st != ZD_OK || is_document(&a->zip))
        return st;
    a->members.is_archive = true;
    return list(a, arena, err);
}

enum zd_status zd_parse_archive(struct zd_bytes raw, struct zd_arena *arena,
                                struct zd_parse_members *ret_members, struct zd_error *err)
{
    struct archive a = {0};
    enum zd_status st = open_archive(raw, arena, &a, err);

    if (st == ZD_OK)
        *ret_members = a.members;
    return st;
}

/* An archive in the archive: a ZIP file that no reader of documents takes. */
static bool is_archive(struct zd_bytes raw)
{
    const struct zd_parse__reader *reader = zd_parse__reader_of(raw);

    return reader && strcmp(reader->format, "zip") == 0;
}

enum zd_status zd_parse_archive_member(struct zd_bytes raw, uint32_t number, struct zd_arena *arena,
                                       struct zd_buf *out, struct zd_error *err)
{
    struct archive a = {0};
    struct zd_parse__unpacked member = {0};
    enum zd_status st = open_archive(raw, arena, &a, err);

    if (st == ZD_OK && number >= a.members.n)
        st = ZD_FAIL(err, ZD_INVALID, number, "the archive has no such member");
    if (st == ZD_OK && a.members.p[number].refused.n > 0)
        st = ZD_FAIL(err, ZD_INVALID, 0, "%s", a.members.p[number].refused.p);
    if (st == ZD_OK)
        st = zd_parse__zip_read(&a.zip, &a.zip.p[a.entries[number]], &member, err);
    if (st == ZD_OK && is_archive((struct zd_bytes){member.p, member.n}))
        st = ZD_FAIL(err, ZD_INVALID, 0,
                     "it is an archive inside an archive, which is not opened: unpack it and add "
                     "the files inside");
    if (st == ZD_OK)
        zd_buf_add(out, member.p, member.n);
    zd_free(member.p);
    return st;
}
