/* package.c: parts and relations of an Office file, see office_private.h. */
#include <string.h>

#include "base/caps.h"
#include "parse/office_private.h"

#define PART_NAME_MAX_BYTES 512

struct relations {
    struct zd_arena *arena;
    struct zd_str folder; /* of the part that the relations belong to */
    struct zd_parse__relation *p;
    size_t n, cap;
    bool no_memory;
};

/* "word/", "../media/a.png" → "media/a.png"; "/word/b.xml" → "word/b.xml". Data only. */
static struct zd_str resolve(struct relations *r, struct zd_str target)
{
    struct zd_str folder = r->folder;

    if (zd_str_starts(target, ZD_STR("/")))
        return zd_arena_str(r->arena, zd_str_cut(target, 1, target.n));
    while (zd_str_starts(target, ZD_STR("../"))) {
        target = zd_str_cut(target, 3, target.n);
        if (folder.n > 0)
            folder.n--;
        while (folder.n > 0 && folder.p[folder.n - 1] != '/')
            folder.n--;
    }
    return zd_arena_printf(r->arena, "%.*s%.*s", (int)folder.n, folder.p, (int)target.n, target.p);
}

static void on_relation(void *context, const struct zd_parse__element *e)
{
    struct relations *r = context;
    const char *id, *type, *target, *mode, *slash;
    struct zd_parse__relation *relation;

    if (strcmp(e->name, "rel:Relationship") != 0)
        return;
    id = zd_parse__xml_attribute(e, "Id");
    type = zd_parse__xml_attribute(e, "Type");
    target = zd_parse__xml_attribute(e, "Target");
    mode = zd_parse__xml_attribute(e, "TargetMode");
    if (!id || !type || !target || (mode && strcmp(mode, "External") == 0) ||
        strlen(target) > PART_NAME_MAX_BYTES)
        return;
    if (!zd_grow(&r->p, &r->cap, r->n + 1, sizeof *r->p, ZD_ZIP_MAX_ENTRIES)) {
        r->no_memory = true;
        return;
    }
    slash = strrchr(type, '/');
    relation = &r->p[r->n];
    relation->id = zd_arena_str(r->arena, zd_str_c(id));
    relation->type = zd_arena_str(r->arena, zd_str_c(slash ? slash + 1 : type));
    relation->target = resolve(r, zd_str_c(target));
    if (!relation->id.p || !relation->type.p || !relation->target.p)
        r->no_memory = true;
    else
        r->n++;
}

static void on_end(void *context, const char *name)
{
    (void)context;
    (void)name;
}

enum zd_status zd_parse__relations_read(const struct zd_parse__zip *zip, struct zd_str part,
                                        struct zd_arena *arena,
                                        struct zd_parse__relations *ret_relations,
                                        struct zd_error *err)
{
    struct relations r = {.arena = arena};
    const struct zd_parse__xml_events events = {&r, on_relation, on_end, NULL, NULL};
    struct zd_str name;
    size_t slash = 0;
    enum zd_status st = ZD_OK;

    for (size_t i = 0; i < part.n; i++)
        if (part.p[i] == '/')
            slash = i + 1;
    r.folder = zd_str_cut(part, 0, slash);
    name = zd_arena_printf(arena, "%.*s_rels/%.*s.rels", (int)slash, part.p ? part.p : "",
                           (int)(part.n - slash), part.p ? part.p + slash : "");
    if (!name.p)
        return zd_parse__no_memory(arena, "the relations of a part", err);
    st = zd_parse__part_read(zip, name, false, &events, err);
    if (st == ZD_OK && r.no_memory)
        st = zd_parse__no_memory(arena, "the relations of a part", err);
    if (st == ZD_OK) {
        ret_relations->n = r.n;
        ret_relations->p = zd_arena_array(arena, r.n ? r.n : 1, sizeof *r.p);
        if (!ret_relations->p)
            st = zd_parse__no_memory(arena, "the relations of a part", err);
        else if (r.n > 0)
            memcpy(ret_relations->p, r.p, r.n * sizeof *r.p);
    }
    zd_free(r.p);
    return st;
}

struct zd_str zd_parse__relation_by_id(const struct zd_parse__relations *relations, const char *id)
{
    for (size_t i = 0; id && i < relations->n; i++)
        if (zd_str_eq(relations->p[i].id, zd_str_c(id)))
            return relations->p[i].target;
    return ZD_STR("");
}

struct zd_str zd_parse__relation_by_type(const struct zd_parse__relations *relations,
                                         const char *type)
{
    for (size_t i = 0; i < relations->n; i++)
        if (zd_str_eq(relations->p[i].type, zd_str_c(type)))
            return relations->p[i].target;
    return ZD_STR("");
}

enum zd_status zd_parse__part_read(const struct zd_parse__zip *zip, struct zd_str part, bool needed,
                                   const struct zd_parse__xml_events *events, struct zd_error *err)
{
    const struct zd_parse__zip_entry *entry = zd_parse__zip_find(zip, part);
    struct zd_parse__unpacked xml = {0};
    enum zd_status st;

    if (!entry && needed)
        return ZD_FAIL(err, ZD_INVALID, 0, "the file is damaged: its part %.*s is missing",
                       (int)(part.n < 100 ? part.n : 100), part.p ? part.p : "");
    if (!entry)
        return ZD_OK;
    st = zd_parse__zip_read(zip, entry, &xml, err);
    if (st == ZD_OK)
        st = zd_parse__xml_read((struct zd_bytes){xml.p, xml.n}, events, err);
    zd_free(xml.p);
    return st;
}

bool zd_parse__zip_has(struct zd_bytes raw, const char *name)
{
    struct zd_arena *arena = zd_arena_new(4 * ZD_MiB);
    struct zd_parse__zip zip = {0};
    bool has = arena && zd_parse__zip_open(raw, arena, &zip, NULL) == ZD_OK &&
               zd_parse__zip_find(&zip, zd_str_c(name));

    zd_arena_free(arena);
    return has;
}
