/* Fuzz target: index segments and manifests.
 *
 * An input is an edit script on a whole segment that this program wrote: triples of bytes
 * (u16 place, modulo the length; u8 new value), after one byte whose bit 0 says whether the
 * checksums are put right afterwards, so that the checks behind them are tried too, and bit 1
 * whether vectors and tallies are asked for before passages. The same script is then
 * tried on a manifest. A script of no edits is the file as written.
 * Oracle: what opens and passes the full check gives the same hits by pruning and by scoring
 * everything; with checksums left alone, an edit that changes a byte never passes the full check.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "index/index_private.h"
#include "index/kernel.h"
#include "index/segment_format.h"
#include "index/snapshot.h"
#include "index/tally.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define N_PASSAGES 300
#define N_DIMS 64
#define MODEL 7
#define N_GIVEN 40

static uint64_t next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static void must(enum zd_status st)
{
    if (st != ZD_OK)
        abort();
}

/* The segment all inputs edit: the same bytes in every run. */
static struct zd_owned_bytes template_make(void)
{
    char dir[] = "/tmp/zd-fuzz-XXXXXX", path[64];
    struct zd_index__memory *memory = zd_index__memory_new();
    struct zd_owned_bytes bytes = {0};
    uint64_t state = 1;

    if (!memory || !mkdtemp(dir))
        abort();
    zd_index__memory_set_vectors(memory, N_DIMS, MODEL);
    for (int64_t id = 1; id <= N_PASSAGES; id++) {
        uint64_t terms[20];
        int8_t vector[N_DIMS];
        struct zd_index_passage p = {.id = (id ^ 1) + 1,
                                     .attributes.group = (uint32_t)(id / 4),
                                     .vector = id % 5 ? vector : NULL};

        for (size_t k = 0; k < N_DIMS; k++)
            vector[k] = (int8_t)next(&state);

        for (size_t k = 0; k < ZD_COUNT(terms); k++)
            terms[k] = 1 + next(&state) % 40 * (next(&state) % 4);
        p.terms[ZD_FIELD_TITLE] = terms;
        p.n_terms[ZD_FIELD_TITLE] = 2;
        p.terms[ZD_FIELD_BODY] = terms + 2;
        p.n_terms[ZD_FIELD_BODY] = (size_t)(next(&state) % 18);
        must(zd_index__memory_add(memory, &p, NULL));
    }
    memcpy(path, dir, sizeof dir);
    memcpy(path + sizeof dir - 1, "/s", 3);
    must(zd_index__memory_write(memory, path, NULL));
    must(zd_file_read(path, 1 << 20, &bytes, NULL));
    must(zd_durable_remove(path, NULL));
    zd_index__memory_free(memory);
    (void)rmdir(dir);
    return bytes;
}

/* Makes the checksums of pages, of the checksums and of the footer right, where they lie as in the
 * untouched file. */
static void reseal(uint8_t *p, size_t n)
{
    uint8_t *footer = p + n - ZD_INDEX__FOOTER_BYTES;
    uint64_t sums, end;
    uint32_t crc;

    memcpy(&sums, footer + ZD_INDEX__FOOTER_SECTIONS_AT + 16 * ZD_INDEX__CHECKSUMS, 8);
    end = n - ZD_INDEX__FOOTER_BYTES;
    if (sums > end || (end - sums) / 4 < (sums + ZD_INDEX__PAGE - 1) / ZD_INDEX__PAGE)
        return;
    for (uint64_t page = 0; page * ZD_INDEX__PAGE < sums; page++) {
        uint64_t from = page * ZD_INDEX__PAGE;
        size_t length = (size_t)(sums - from < ZD_INDEX__PAGE ? sums - from : ZD_INDEX__PAGE);

        crc = zd_crc32c(0, (struct zd_bytes){p + from, length});
        memcpy(p + sums + 4 * page, &crc, 4);
    }
    crc = zd_crc32c(0, (struct zd_bytes){p + sums, (size_t)(end - sums)});
    memcpy(p + n - 8, &crc, 4);
    crc = zd_crc32c(0, (struct zd_bytes){footer, ZD_INDEX__FOOTER_BYTES - 4});
    memcpy(p + n - 4, &crc, 4);
}

static size_t ask(const struct zd_index *index, bool exhaustive, struct zd_index_hit *hits)
{
    uint64_t terms[60];
    float weights[60];
    struct zd_index_query q = {.terms = terms,
                               .weights = weights,
                               .n_terms = ZD_COUNT(terms),
                               .field_weights = {2, 1, 1},
                               .field_b = {0.5F, 0, 0.75F},
                               .k1 = 1.2F,
                               .top = 20,
                               .exhaustive = exhaustive};
    size_t n = 0;

    for (size_t i = 0; i < ZD_COUNT(terms); i++) {
        terms[i] = 1 + i;
        weights[i] = 1.0F;
    }
    must(zd_index_search(index, &q, hits, &n, NULL));
    return n;
}

/* Vectors, facts of passages and of documents: whatever comes back, in bounds. */
static void ask_others(const struct zd_index *index)
{
    static uint16_t tf[N_GIVEN * N_GIVEN][ZD_FIELD_COUNT];
    static uint32_t group_tf[N_GIVEN * N_GIVEN];
    struct zd_index_hit hits[20];
    struct zd_index_facts facts[N_GIVEN];
    float scores[N_GIVEN], weights[N_GIVEN];
    struct zd_index_group_facts group_facts[N_GIVEN];
    uint64_t terms[N_GIVEN];
    int64_t ids[N_GIVEN];
    uint32_t groups[N_GIVEN];
    int8_t vector[N_DIMS];
    const struct zd_index_vector_query near = {
        .vector = vector, .n_dims = N_DIMS, .model = MODEL, .top = ZD_COUNT(hits)};
    const struct zd_index_query query = {.terms = terms,
                                         .weights = weights,
                                         .n_terms = N_GIVEN,
                                         .field_weights = {1.0F, 1.0F, 1.0F},
                                         .k1 = 1.0F};
    const struct zd_index_tally passages = {.terms = terms,
                                            .n_terms = N_GIVEN,
                                            .ids = ids,
                                            .n = N_GIVEN,
                                            .query = &query,
                                            .facts = facts,
                                            .tf = tf,
                                            .scores = scores};
    const struct zd_index_group_tally documents = {.terms = terms,
                                                   .n_terms = N_GIVEN,
                                                   .groups = groups,
                                                   .n = N_GIVEN,
                                                   .facts = group_facts,
                                                   .tf = group_tf};
    size_t n = 0;

    for (size_t i = 0; i < N_GIVEN; i++) {
        terms[i] = 1 + i;
        weights[i] = 1.0F;
        ids[i] = (int64_t)(i * 7 % N_PASSAGES) + 1;
        groups[i] = (uint32_t)i * 2;
    }
    for (size_t k = 0; k < N_DIMS; k++)
        vector[k] = (int8_t)(k * 5 - 99);
    must(zd_index_search_vectors(index, &near, hits, &n, NULL));
    must(zd_index_tally(index, &passages, NULL));
    must(zd_index_tally_groups(index, &documents, NULL));
    for (size_t i = 0; i < N_GIVEN; i++)
        if (facts[i].vector && zd_index_dot(facts[i].vector, vector, N_DIMS) > N_DIMS * 128 * 128)
            abort();
}

/* others_first: damage found by one kind of question is lost to the other. */
static void try_segment(struct zd_bytes bytes, bool must_fail, bool others_first)
{
    struct zd_index__part part = {0};
    struct zd_index index = {
        .manifest = {.n_dims = N_DIMS, .model = MODEL, .parts = &part, .n_parts = 1}};
    struct zd_index_hit pruned[20], all[20];
    size_t n_pruned, n_all;
    float parts[60];
    bool whole;

    if (zd_index__segment_from_bytes(bytes, &part.segment, NULL) != ZD_OK)
        return;
    index.figures.n_passages = part.segment->shape.n_docs;
    for (int f = 0; f < ZD_FIELD_COUNT; f++)
        index.figures.mean_length[f] =
            (double)part.segment->shape.total_length[f] / (double)part.segment->shape.n_docs;
    if (pthread_mutex_init(&index.lock, NULL) != 0)
        abort();
    if (others_first)
        ask_others(&index);
    n_pruned = ask(&index, false, pruned);
    n_all = ask(&index, true, all);
    if (n_all > 0) {
        struct zd_index_query q = {.k1 = 1.2F};

        (void)!zd_index_explain(&index, &q, all[0].id, parts, NULL);
    }
    ask_others(&index);
    whole = zd_index__segment_check(part.segment, "fuzz", NULL) == ZD_OK;
    if (whole && must_fail)
        abort();
    if (whole && !zd_index_is_partial(&index))
        if (n_pruned > n_all) /* bounds may lie under right checksums; order and number may not */
            abort();
    for (size_t i = 0; i < ZD_COUNT(index.masks); i++)
        zd_index__mask_unref(index.masks[i].mask);
    for (size_t i = 0; i < ZD_COUNT(index.scratch); i++)
        zd_index__scratch_free(index.scratch[i]);
    pthread_mutex_destroy(&index.lock);
    zd_index__segment_close(part.segment);
}

static void try_manifest(const uint8_t *data, size_t size)
{
    struct zd_index__manifest m = {0};
    uint8_t *sealed = malloc(size + 4);
    uint32_t crc;

    if (!sealed)
        return;
    if (size > 0)
        memcpy(sealed, data, size);
    crc = zd_crc32c(0, (struct zd_bytes){sealed, size});
    memcpy(sealed + size, &crc, 4);
    if (zd_index__manifest_from_bytes((struct zd_bytes){sealed, size + 4}, &m, NULL) == ZD_OK)
        zd_index__manifest_done(&m);
    free(sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct zd_owned_bytes original;
    uint8_t *edited;
    bool changed;

    if (!original.p)
        original = template_make();
    try_manifest(data, size);
    edited = malloc(original.n);
    if (!edited || size == 0) {
        free(edited);
        return 0;
    }
    memcpy(edited, original.p, original.n);
    for (size_t i = 1; i + 3 <= size; i += 3)
        edited[(size_t)(data[i] | data[i + 1] << 8) % original.n] = data[i + 2];
    changed = memcmp(edited, original.p, original.n) != 0;
    if (data[0] & 1)
        reseal(edited, original.n);
    try_segment((struct zd_bytes){edited, original.n}, changed && !(data[0] & 1), data[0] & 2);
    free(edited);
    return 0;
}
