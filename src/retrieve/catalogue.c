/* catalogue.c: see catalogue.h. Entries stand in one arena; a full one is emptied at the next
 * question, never during one. */
#include "retrieve/catalogue.h"

#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/caps.h"
#include "base/utf8.h"
#include "store/version.h"

#define ARENA_BYTES (64 * ZD_MiB)
#define FULL_BYTES (32 * ZD_MiB) /* empty it from here on */
#define SLOTS_MIN 1024u
#define ENTRIES_MAX (1u << 22)

struct zd_catalogue {
    struct zd_arena *arena, *scratch;
    struct zd_catalogue_entry **slots; /* [n_slots] by group, a power of two; NULL: empty */
    size_t n_slots, n;
    uint64_t generation;
    struct zd_subject subject;
};

struct zd_catalogue *zd_catalogue_new(void)
{
    struct zd_catalogue *c = zd_alloc(sizeof *c);

    if (!c)
        return NULL;
    c->n_slots = SLOTS_MIN;
    c->arena = zd_arena_new(ARENA_BYTES);
    c->scratch = zd_arena_new(ARENA_BYTES);
    c->slots = zd_alloc(c->n_slots * sizeof(struct zd_catalogue_entry *));
    if (!c->arena || !c->scratch || !c->slots) {
        zd_catalogue_free(c);
        return NULL;
    }
    return c;
}

void zd_catalogue_free(struct zd_catalogue *c)
{
    if (!c)
        return;
    zd_arena_free(c->arena);
    zd_arena_free(c->scratch);
    zd_free(c->slots);
    zd_free(c);
}

void zd_catalogue_begin(struct zd_catalogue *c, uint64_t generation,
                        const struct zd_subject *subject)
{
    if (c->generation == generation && c->subject.role == subject->role &&
        c->subject.access == subject->access && zd_arena_used(c->arena) < FULL_BYTES)
        return;
    zd_arena_reset(c->arena);
    memset(c->slots, 0, c->n_slots * sizeof(struct zd_catalogue_entry *));
    c->n = 0;
    c->generation = generation;
    c->subject = *subject;
}

static size_t slot_of(const struct zd_catalogue *c, uint32_t group)
{
    size_t at = (size_t)(group * UINT32_C(0x9e3779b1)) & (c->n_slots - 1);

    while (c->slots[at] && c->slots[at]->group != group)
        at = (at + 1) & (c->n_slots - 1);
    return at;
}

static bool grow(struct zd_catalogue *c)
{
    struct zd_catalogue_entry **old = c->slots;
    const size_t n_old = c->n_slots;

    c->slots = zd_alloc(2 * n_old * sizeof(struct zd_catalogue_entry *));
    if (!c->slots) {
        c->slots = old;
        return false;
    }
    c->n_slots = 2 * n_old;
    for (size_t i = 0; i < n_old; i++)
        if (old[i])
            c->slots[slot_of(c, old[i]->group)] = old[i];
    zd_free(old);
    return true;
}

/* The store marks the keys of documents whose id was given, which are never joined. */
static struct zd_str bare_key(struct zd_str key)
{
    return zd_str_starts(key, ZD_STR("=")) ? zd_str_cut(key, 1, key.n) : key;
}

/* The entry's title into the catalogue's arena. */
static bool keep_title(struct zd_catalogue *c, struct zd_catalogue_entry *entry,
                       struct zd_str title_key)
{
    entry->title_key = zd_arena_str(c->arena, title_key);
    entry->title_chars = zd_arena_array(c->arena, title_key.n + 1, sizeof *entry->title_chars);
    if (!entry->title_key.p || !entry->title_chars)
        return false;
    for (size_t at = 0; at < title_key.n;)
        entry->title_chars[entry->n_title_chars++] = zd_utf8_next(title_key, &at);
    return true;
}

/* Looks a version up. */
static enum zd_status describe(struct zd_catalogue *c, struct zd_store *store,
                               const struct zd_subject *subject, const struct zd_index *index,
                               const struct zd_model *model, uint32_t group,
                               struct zd_catalogue_entry *entry, struct zd_error *err)
{
    struct zd_version_brief version = {0};
    struct zd_str title_key;
    enum zd_status st;

    zd_arena_reset(c->scratch);
    st = zd_version_get_brief(store, subject, (int64_t)group, c->scratch, &version, err);
    if (st != ZD_OK)
        return st;
    title_key = bare_key(version.title_key);
    *entry = (struct zd_catalogue_entry){.group = group,
                                         .document = version.document,
                                         .region = version.region,
                                         .n_passages = version.n_passages};
    if (!keep_title(c, entry, title_key))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
    if (model)
        entry->answered =
            zd_memory_of_text(zd_model_memory(model), zd_memory_text(version.text_hash));
    if (title_key.n > 0) {
        entry->title = zd_title_term(title_key);
        entry->authority = logf(1.0F + (float)zd_index_document_frequency(index, entry->title));
        entry->prior = model ? zd_model_prior(model, entry->title) : 0.0F;
    }
    return ZD_OK;
}

enum zd_status zd_catalogue_get(struct zd_catalogue *c, struct zd_store *store,
                                const struct zd_subject *subject, const struct zd_index *index,
                                const struct zd_model *model, uint32_t group,
                                struct zd_catalogue_entry **ret_entry, struct zd_error *err)
{
    size_t slot = slot_of(c, group);
    struct zd_catalogue_entry *entry;
    enum zd_status st;

    if (c->slots[slot]) {
        *ret_entry = c->slots[slot];
        return ZD_OK;
    }
    entry = zd_arena_alloc(c->arena, sizeof *entry);
    if (!entry || (2 * (c->n + 1) > c->n_slots && !grow(c)))
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
    st = describe(c, store, subject, index, model, group, entry, err);
    if (st != ZD_OK)
        return st;
    c->slots[slot_of(c, group)] = entry;
    c->n++;
    *ret_entry = entry;
    return ZD_OK;
}
