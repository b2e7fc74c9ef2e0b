/* rank.c: from candidates of the index to ranked passages (see retrieve.h).
 *
 *     score = (lexical + evidence) × (1 + authority) × named × field
 *
 * lexical    BM25F, k1 0.9, b 0.6 of the body; the title counts 1.5 times, headings once
 * evidence   for a clause of a law (条): the mean of itself and of the five best passages of its
 *            law, so that clauses of the law that is about the matter come before strays; for
 *            everything else: BM25 over the whole document (evidence.c)
 * authority  how many passages of the office name the text in 《》 (zd_title_term), on a
 *            logarithmic scale up to 100: what others rest on is asked about more often. Half of
 *            it for what is no law
 * named      the question names the passage's clause, its document's number, or its title
 * field      the passage is the field of a service guide that the question asks for
 *
 * and 0.85 of it all for a text of another region than the question names.
 *
 * Measured on 1,233 laypeople's questions to 60,386 articles (nDCG@10, recall@100): lexical alone
 * 0.414, 0.706; with the evidence of the law 0.420, 0.730; with authority as well 0.447, 0.752.
 * Tried and left out for no gain: BM25F with other field weights and b, single characters at other
 * weights than pairs, powers of the IDF, neighbours' scores, a bonus for laws by their title.
 *
 * Candidates are the CANDIDATES_PER_HIT × top best passages by lexical score; the whole text is
 * read for the first EVIDENCE_GROUPS of their documents.
 */
#include <math.h>
#include <stdlib.h>

#include "base/caps.h"
#include "base/date.h"
#include "base/utf8.h"
#include "retrieve/retrieve_private.h"
#include "store/document.h"
#include "store/passage.h"
#include "store/version.h"

#define CANDIDATES_PER_HIT 4
#define CANDIDATES_MIN 200
#define EVIDENCE_GROUPS 24
#define EVIDENCE_TEXT_MAX_BYTES 65536
#define FAMILY_BEST 5
#define SELF_SHARE 0.5F
#define LAW_SHARE 1.6F    /* brings the evidence of laws and of other documents to one scale */
#define UNREAD_SHARE 0.5F /* of the lexical score, for documents that were not read */
#define AUTHORITY_MAX 0.3F
#define PROSE_AUTHORITY 0.5F
#define AUTHORITY_FULL 100.0F /* passages that name a text of full authority */
#define FIELD_FACTOR 1.5F
#define CLAUSE_FACTOR 2.0F
#define TITLE_FACTOR 1.2F
#define NUMBER_FACTOR 3.0F
#define ELSEWHERE_FACTOR 0.85F
#define NAMED_VERSIONS 8
#define PASSAGES_LOOKED_AT 96 /* best candidates whose kind and field are read when asked for */

/* One document version among the candidates. */
struct group {
    uint32_t group;
    int64_t document;
    struct zd_str title, title_key, number_key;
    int64_t first; /* its best passage by lexical score */
    float best_lexical;
    float evidence;
    float authority;
    uint32_t family; /* place in families */
    uint32_t shared; /* see zd_ranked */
    uint32_t region;
    bool elsewhere;
    bool is_law; /* cut into clauses */
};

/* Clauses of one law, or of versions and single-clause documents under one title. */
struct family {
    struct zd_str key;
    float sum;
    int n;
};

struct ranking {
    const struct zd_question *question;
    struct zd_store *store;
    const struct zd_subject *subject;
    const struct zd_index *index;
    struct zd_arena *arena;
    struct zd_index_hit *hits; /* [n_hits] by lexical score */
    size_t n_hits;
    uint32_t *group_of; /* [n_hits] place in groups */
    struct group *groups;
    size_t n_groups;
    struct family *families;
    size_t n_families;
    uint32_t *slots; /* group number → place + 1 */
    size_t n_slots;
    float *idf;     /* [n_terms] weight × inverse document frequency */
    float *factors; /* [n_terms] for the index (weights.c) */
    float unknown_idf;
    uint32_t named[NAMED_VERSIONS]; /* groups that the question names by number, sorted */
    size_t n_named;
    struct zd_str question_key;
};

static enum zd_status no_memory(struct zd_error *err)
{
    return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for ranking");
}

struct zd_index_query zd_retrieve__query(const struct zd_question *q, const float *factors,
                                         size_t top)
{
    return (struct zd_index_query){
        .terms = q->terms,
        .weights = factors,
        .n_terms = q->n_terms,
        .field_weights = {1.5F, 1.0F, 1.0F},
        .field_b = {0.0F, 0.0F, 0.6F},
        .k1 = 0.9F,
        .top = top,
        .filter = {.on = q->any_time ? 0 : q->on,
                   .regions = q->regions.p,
                   .n_regions = q->region_from_question ? 0 : q->regions.n},
    };
}

static struct zd_index_query query_of(const struct ranking *r, size_t top)
{
    struct zd_index_query query = zd_retrieve__query(r->question, r->factors, top);

    query.filter.access = r->subject->role == ZD_ROLE_OWNER ? 0 : r->subject->access;
    return query;
}

static int order_u32(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The versions whose number (文号) the question names. */
static enum zd_status find_named(struct ranking *r, struct zd_error *err)
{
    struct zd_version_list list = {0};
    struct zd_str key;
    enum zd_status st;

    if (r->question->number.n == 0)
        return ZD_OK;
    key = zd_retrieve__key_of(r->question->number, r->arena);
    if (!key.p)
        return no_memory(err);
    st = zd_version_with_number(r->store, r->subject, key, r->arena, &list, err);
    for (size_t i = 0; st == ZD_OK && i < list.n && r->n_named < NAMED_VERSIONS; i++)
        r->named[r->n_named++] = (uint32_t)list.p[i].key;
    qsort(r->named, r->n_named, sizeof r->named[0], order_u32);
    return st;
}

/* The candidates, those of named versions first. */
static enum zd_status find_candidates(struct ranking *r, size_t top, struct zd_error *err)
{
    struct zd_index_query query = query_of(r, top);
    size_t n_first = 0, n_more = 0;
    struct zd_index_hit *more;
    enum zd_status st = ZD_OK;

    r->hits = zd_arena_array(r->arena, top + CANDIDATES_MIN, sizeof *r->hits);
    more = zd_arena_array(r->arena, top, sizeof *more);
    if (!r->hits || !more)
        return no_memory(err);
    if (r->n_named > 0) {
        query.top = CANDIDATES_MIN;
        query.filter.groups = r->named;
        query.filter.n_groups = r->n_named;
        st = zd_index_search(r->index, &query, r->hits, &n_first, err);
        query = query_of(r, top);
    }
    if (st == ZD_OK)
        st = zd_index_search(r->index, &query, more, &n_more, err);
    if (st != ZD_OK)
        return st;
    r->n_hits = n_first;
    for (size_t i = 0; i < n_more; i++)
        if (n_first == 0 ||
            !bsearch(&more[i].group, r->named, r->n_named, sizeof r->named[0], order_u32))
            r->hits[r->n_hits++] = more[i];
    return ZD_OK;
}

static size_t slot_of(const struct ranking *r, uint32_t group)
{
    size_t at = (size_t)(group * UINT32_C(0x9e3779b1)) & (r->n_slots - 1);

    while (r->slots[at] != 0 && r->groups[r->slots[at] - 1].group != group)
        at = (at + 1) & (r->n_slots - 1);
    return at;
}

/* A few dozen titles a question, each compared only with those of equal length: no table. */
static uint32_t family_of(struct ranking *r, struct zd_str key)
{
    for (size_t i = 0; key.n > 0 && i < r->n_families; i++)
        if (zd_str_eq(r->families[i].key, key))
            return (uint32_t)i;
    r->families[r->n_families] = (struct family){.key = key};
    return (uint32_t)r->n_families++;
}

static float authority_of(const struct ranking *r, struct zd_str title_key)
{
    uint32_t named_by;
    float share;

    if (title_key.n == 0)
        return 0.0F;
    named_by = zd_index_document_frequency(r->index, zd_title_term(title_key));
    share = logf(1.0F + (float)named_by) / logf(AUTHORITY_FULL);
    return AUTHORITY_MAX * (share < 1.0F ? share : 1.0F);
}

/* A region that was read from a text may be wrong, and so may one read from a question: it ranks,
 * it does not exclude. */
static bool is_elsewhere(const struct zd_question *q, uint32_t region)
{
    if (region == 0 || q->regions.n == 0)
        return false;
    for (size_t i = 0; i < q->regions.n; i++)
        if (q->regions.p[i] == region)
            return false;
    return true;
}

/* The store marks the keys of documents whose id was given, which are never joined. */
static struct zd_str bare_key(struct zd_str key)
{
    return zd_str_starts(key, ZD_STR("=")) ? zd_str_cut(key, 1, key.n) : key;
}

/* Characters of the longest common substring of two keys, tried from every character of b. */
static uint32_t shared_chars(struct zd_str a, struct zd_str b)
{
    uint32_t best = 0;

    for (size_t from = 0; from < b.n; zd_utf8_next(b, &from)) {
        size_t to = from;
        uint32_t n = 0;

        while (to < b.n) {
            size_t next = to;

            zd_utf8_next(b, &next);
            if (zd_str_find(a, zd_str_cut(b, from, next), 0) == SIZE_MAX)
                break;
            to = next;
            n++;
        }
        if (n > best)
            best = n;
    }
    return best;
}

static enum zd_status describe_group(struct ranking *r, const struct zd_index_hit *hit,
                                     struct group *group, struct zd_error *err)
{
    struct zd_version version = {0};
    struct zd_document document = {0};
    enum zd_status st =
        zd_version_get(r->store, r->subject, (int64_t)hit->group, r->arena, &version, err);

    if (st == ZD_OK)
        st = zd_document_get(r->store, r->subject, version.document, r->arena, &document, err);
    if (st != ZD_OK)
        return st;
    *group = (struct group){.group = hit->group,
                            .document = version.document,
                            .title = version.title,
                            .title_key = bare_key(document.title_key),
                            .number_key = version.number_key,
                            .first = hit->id,
                            .region = document.region,
                            .elsewhere = is_elsewhere(r->question, document.region),
                            .best_lexical = hit->score};
    group->shared = shared_chars(r->question_key, group->title_key);
    group->authority = authority_of(r, group->title_key);
    group->family = family_of(r, group->title_key);
    return ZD_OK;
}

static enum zd_status make_room(struct ranking *r, struct zd_error *err)
{
    r->n_slots = 64;
    while (r->n_slots < 2 * r->n_hits)
        r->n_slots *= 2;
    r->slots = zd_arena_array(r->arena, r->n_slots, sizeof *r->slots);
    r->groups = zd_arena_array(r->arena, r->n_hits + 1, sizeof *r->groups);
    r->families = zd_arena_array(r->arena, r->n_hits + 1, sizeof *r->families);
    r->group_of = zd_arena_array(r->arena, r->n_hits + 1, sizeof *r->group_of);
    return r->slots && r->groups && r->families && r->group_of ? ZD_OK : no_memory(err);
}

/* Groups and families of all candidates; hits of versions that vanished meanwhile drop out. */
static enum zd_status group_hits(struct ranking *r, struct zd_error *err)
{
    size_t n = 0;
    enum zd_status st = make_room(r, err);

    for (size_t i = 0; st == ZD_OK && i < r->n_hits; i++) {
        size_t slot = slot_of(r, r->hits[i].group);
        struct family *family;

        if (r->slots[slot] == 0) {
            st = describe_group(r, &r->hits[i], &r->groups[r->n_groups], err);
            if (st == ZD_NOT_FOUND) {
                st = ZD_OK;
                continue;
            }
            r->slots[slot] = (uint32_t)++r->n_groups;
        }
        r->group_of[n] = r->slots[slot] - 1;
        r->hits[n] = r->hits[i];
        family = &r->families[r->groups[r->group_of[n]].family];
        if (family->n < FAMILY_BEST) {
            family->n++;
            family->sum += r->hits[n].score;
        }
        n++;
    }
    r->n_hits = n;
    return st;
}

/* Reads a document's text and lets it speak for its passages. */
static enum zd_status read_evidence(struct ranking *r, struct group *group, struct zd_error *err)
{
    struct zd_stored_passage passage = {0};
    struct zd_str text = {0};
    enum zd_status st = zd_passage_get(r->store, r->subject, group->first, r->arena, &passage, err);

    if (st != ZD_OK)
        return st == ZD_NOT_FOUND ? ZD_OK : st;
    if (passage.kind == ZD_PASSAGE_CLAUSE) {
        group->is_law = true;
        return ZD_OK;
    }
    st = zd_version_text(r->store, r->subject, (int64_t)group->group, 0, EVIDENCE_TEXT_MAX_BYTES,
                         r->arena, &text, err);
    if (st != ZD_OK)
        return st;
    return zd_retrieve__document_evidence(r->question, r->idf, group->title, text, r->arena,
                                          &group->evidence, err);
}

static enum zd_status gather_evidence(struct ranking *r, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t i = 0; st == ZD_OK && i < r->n_groups; i++) {
        struct group *group = &r->groups[i];

        if (i < EVIDENCE_GROUPS)
            st = read_evidence(r, group, err);
        else
            group->evidence = UNREAD_SHARE * group->best_lexical;
    }
    return st;
}

/* Beyond the groups that were read, what shares its title with a law that was read is a law. */
static bool is_law(const struct ranking *r, size_t place)
{
    const struct group *group = &r->groups[place];

    if (place < EVIDENCE_GROUPS)
        return group->is_law;
    return r->n_groups > 0 && r->groups[0].is_law;
}

static float evidence_for(const struct ranking *r, size_t hit)
{
    const struct group *group = &r->groups[r->group_of[hit]];
    const struct family *family = &r->families[group->family];

    if (!is_law(r, r->group_of[hit]))
        return group->evidence;
    return SELF_SHARE * r->hits[hit].score + (1.0F - SELF_SHARE) * family->sum / (float)FAMILY_BEST;
}

static float named_factor(const struct ranking *r, const struct group *group)
{
    float factor = 1.0F;

    if (r->n_named > 0 &&
        bsearch(&group->group, r->named, r->n_named, sizeof r->named[0], order_u32))
        factor *= NUMBER_FACTOR;
    if (group->title_key.n >= 9 && zd_str_find(r->question_key, group->title_key, 0) != SIZE_MAX)
        factor *= TITLE_FACTOR;
    return factor;
}

static int order_ranked(const void *a, const void *b)
{
    const struct zd_ranked *x = a, *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->passage > y->passage) - (x->passage < y->passage);
}

static void score_one(struct zd_ranked *p)
{
    p->score = (p->lexical + p->evidence) * (1.0F + p->authority) * p->named * p->field;
    if (p->elsewhere)
        p->score *= ELSEWHERE_FACTOR;
}

/* Raises passages of the field asked for and of the clause named. */
static enum zd_status look_at_passages(struct ranking *r, struct zd_ranked *p, size_t n,
                                       struct zd_error *err)
{
    struct zd_str clause = zd_retrieve__key_of(r->question->clause, r->arena);

    if (!clause.p && r->question->clause.n > 0)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        struct zd_stored_passage passage = {0};
        enum zd_status st =
            zd_passage_get(r->store, r->subject, p[i].passage, r->arena, &passage, err);

        if (st == ZD_NOT_FOUND)
            continue;
        if (st != ZD_OK)
            return st;
        if (passage.field != ZD_GUIDE_NONE && passage.field == r->question->field)
            p[i].field = FIELD_FACTOR;
        if (clause.n > 0 && zd_str_eq(zd_retrieve__key_of(passage.number, r->arena), clause))
            p[i].named *= CLAUSE_FACTOR;
        score_one(&p[i]);
    }
    return ZD_OK;
}

static enum zd_status score_all(struct ranking *r, struct zd_ranked *p, struct zd_error *err)
{
    const bool wants_clause = r->question->clause.n > 0;
    enum zd_status st = ZD_OK;

    for (size_t i = 0; i < r->n_hits; i++) {
        const struct group *group = &r->groups[r->group_of[i]];

        p[i] = (struct zd_ranked){.passage = r->hits[i].id,
                                  .group = r->hits[i].group,
                                  .document = group->document,
                                  .lexical = r->hits[i].score,
                                  .evidence = evidence_for(r, i),
                                  .authority = is_law(r, r->group_of[i])
                                                   ? group->authority
                                                   : PROSE_AUTHORITY * group->authority,
                                  .named = named_factor(r, group),
                                  .field = 1.0F,
                                  .shared = group->shared,
                                  .region = group->region,
                                  .elsewhere = group->elsewhere};
        score_one(&p[i]);
    }
    qsort(p, r->n_hits, sizeof *p, order_ranked);
    if (r->question->field != ZD_GUIDE_NONE || wants_clause) {
        size_t n = wants_clause || r->n_hits < PASSAGES_LOOKED_AT ? r->n_hits : PASSAGES_LOOKED_AT;

        st = look_at_passages(r, p, n, err);
        qsort(p, r->n_hits, sizeof *p, order_ranked);
    }
    return st;
}

enum zd_status zd_rank(const struct zd_question *question, struct zd_store *store,
                       const struct zd_subject *subject, const struct zd_index *index, size_t top,
                       struct zd_arena *arena, struct zd_ranking *ret_ranking, struct zd_error *err)
{
    struct ranking r = {
        .question = question, .store = store, .subject = subject, .index = index, .arena = arena};
    size_t depth = top * CANDIDATES_PER_HIT;
    struct zd_ranked *p;
    enum zd_status st;

    if (depth < CANDIDATES_MIN)
        depth = CANDIDATES_MIN;
    if (depth > ZD_TOP_MAX)
        depth = ZD_TOP_MAX;
    r.idf = zd_arena_array(arena, question->n_terms + 1, sizeof *r.idf);
    r.factors = zd_arena_array(arena, question->n_terms + 1, sizeof *r.factors);
    r.question_key = zd_retrieve__key_of(question->text, arena);
    if (!r.idf || !r.factors || !r.question_key.p)
        return no_memory(err);
    zd_retrieve__weigh(question, index, r.factors, r.idf, &r.unknown_idf);
    st = find_named(&r, err);
    if (st == ZD_OK)
        st = find_candidates(&r, depth, err);
    if (st == ZD_OK)
        st = group_hits(&r, err);
    if (st == ZD_OK)
        st = gather_evidence(&r, err);
    if (st != ZD_OK)
        return st;
    p = zd_arena_array(arena, r.n_hits + 1, sizeof *p);
    if (!p)
        return no_memory(err);
    st = score_all(&r, p, err);
    if (st == ZD_OK)
        *ret_ranking = (struct zd_ranking){.p = p,
                                           .n = r.n_hits < top ? r.n_hits : top,
                                           .term_weights = r.idf,
                                           .unknown_idf = r.unknown_idf,
                                           .partial = zd_index_is_partial(index)};
    return st;
}
