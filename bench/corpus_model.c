/* corpus_model.c: see corpus_model.h.
 *
 * All source text is one array of characters, every unit (passage, title, heading, question)
 * followed by a 0. Two arrays of positions, both grouped by the character before the position:
 *
 *     by_place   within a group ascending: a document's part of a group is found by bisection
 *     by_pair    within a group by the character before that one: a pair's part is one stretch,
 *                found in a table
 */
#include "corpus_model.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <wchar.h>

#include "base/caps.h"
#include "base/json.h"
#include "base/mapping.h"
#include "base/utf8.h"

#define SOURCE_MAX_CHARS ((size_t)400 << 20)
#define FILE_MAX_BYTES ((size_t)4 << 30)
#define PLANES_END 0x110000u
#define BLOOM_PROBES 3
#define PASSAGE_MAX_CHARS 6000u

/* Shares of a thousand, fitted on statutes so that tokens and postings a passage are the source's
 * (generate compare prints both). */
#define SHARE_CACHE 220
#define SHARE_FOLLOW 820 /* of going on in the cache */
#define SHARE_TOPIC 380
#define SHARE_PAIR 230
#define SHARE_NEW 11
#define NEAR_CHARS 1200 /* of the topic, around a place of its own for each passage */

struct unit {
    size_t at;
    uint32_t n_chars;
};

struct unit_list {
    struct unit *p; /* [n] */
    size_t n, cap;
};

/* A source document: its characters and how many passages it has. */
struct document {
    size_t from, to;
    uint32_t n_passages;
};

/* Where the positions behind two characters stand in by_pair. */
struct pair {
    uint32_t before, last, from, n; /* n 0: a free place */
};

struct zd_bench_model {
    struct pair *pairs; /* [pairs_mask + 1] open addressing */
    size_t pairs_mask;
    uint32_t *chars; /* [n_chars] */
    size_t n_chars, chars_cap;
    struct unit_list units[4];  /* by enum zd_bench_part */
    struct document *documents; /* [n_documents] */
    size_t n_documents, documents_cap;
    struct document region[4]; /* where all titles, headings, questions stand */
    uint32_t *first;           /* [PLANES_END + 1] start of each group */
    uint32_t *by_place, *by_pair;
    uint64_t *bloom; /* [bloom_mask + 1 bits] */
    uint64_t bloom_mask;
};

/* ---- gathering ---- */

/* Titles, headings and questions wait here until the passages are over, so that each kind stands
 * in one piece. */
struct gathering {
    struct zd_bench_model *model;
    struct zd_buf waiting[4]; /* lines */
    uint64_t last_title;
    bool failed;
};

static bool add_char(struct zd_bench_model *model, uint32_t c)
{
    if (model->n_chars == model->chars_cap &&
        !zd_grow(&model->chars, &model->chars_cap, model->n_chars + 1, sizeof *model->chars,
                 SOURCE_MAX_CHARS))
        return false;
    model->chars[model->n_chars++] = c;
    return true;
}

static bool add_unit(struct zd_bench_model *model, enum zd_bench_part part, struct zd_str text)
{
    struct unit_list *list = &model->units[part];
    const size_t at = model->n_chars;
    size_t i = 0;

    text = zd_str_trim(text);
    if (text.n == 0)
        return true;
    while (i < text.n) {
        uint32_t c = zd_utf8_next(text, &i);

        if (c == '"' || c == '\\' || c == '\r')
            continue;
        if (!add_char(model, c < ' ' && c != '\n' ? ' ' : c))
            return false;
    }
    if (list->n == list->cap &&
        !zd_grow(&list->p, &list->cap, list->n + 1, sizeof *list->p, SOURCE_MAX_CHARS))
        return false;
    list->p[list->n++] = (struct unit){at, (uint32_t)(model->n_chars - at)};
    return add_char(model, 0);
}

static bool begin_document(struct zd_bench_model *model)
{
    if (model->n_documents == model->documents_cap &&
        !zd_grow(&model->documents, &model->documents_cap, model->n_documents + 1,
                 sizeof *model->documents, SOURCE_MAX_CHARS))
        return false;
    model->documents[model->n_documents++] =
        (struct document){.from = model->n_chars, .to = model->n_chars};
    return true;
}

static void wait_for(struct gathering *g, enum zd_bench_part part, struct zd_str line)
{
    zd_buf_str(&g->waiting[part], line);
    zd_buf_byte(&g->waiting[part], '\n');
}

static void take_passage(struct gathering *g, struct zd_str text)
{
    struct document *d = &g->model->documents[g->model->n_documents - 1];

    if (!add_unit(g->model, ZD_BENCH_TEXT, text))
        g->failed = true;
    d->to = g->model->n_chars;
    d->n_passages++;
}

static uint64_t fingerprint(struct zd_str s)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (uint8_t)s.p[i]) * UINT64_C(0x100000001b3);
    return h;
}

static enum zd_status take_line(struct gathering *g, struct zd_str line, struct zd_error *err)
{
    json_t *o = NULL, *headings;
    struct zd_str title, heading = {0};
    uint64_t print;
    enum zd_status st = zd_json_parse(line, &o, err);

    if (st != ZD_OK)
        return st;
    title = zd_json_str(o, "title");
    print = fingerprint(title);
    if (zd_json_str(o, "query").n > 0)
        wait_for(g, ZD_BENCH_QUESTION, zd_json_str(o, "query"));
    if (zd_json_str(o, "text").n > 0) {
        if (g->model->n_documents == 0 || print != g->last_title) {
            g->failed |= !begin_document(g->model);
            wait_for(g, ZD_BENCH_TITLE, title);
        }
        headings = json_object_get(o, "headings");
        for (size_t i = 0; i < json_array_size(headings) && !g->failed; i++)
            heading = zd_str_c(json_string_value(json_array_get(headings, i)));
        if (heading.n > 0)
            wait_for(g, ZD_BENCH_HEADING, heading);
        if (!g->failed)
            take_passage(g, zd_json_str(o, "text"));
        g->last_title = print;
    }
    json_decref(o);
    return g->failed ? ZD_FAIL(err, ZD_NOMEM, 0, "the source is too large") : ZD_OK;
}

static size_t line_end(struct zd_str s, size_t from)
{
    const char *end = memchr(s.p + from, '\n', s.n - from);

    return end ? (size_t)(end - s.p) : s.n;
}

static enum zd_status take_jsonl(struct gathering *g, struct zd_str text, struct zd_error *err)
{
    enum zd_status st = ZD_OK;

    for (size_t at = 0, end; at < text.n && st == ZD_OK; at = end + 1) {
        end = line_end(text, at);
        if (end > at)
            st = take_line(g, zd_str_cut(text, at, end), err);
        if (st == ZD_INVALID) { /* one bad line of a large source is no reason to stop */
            fprintf(stderr, "%s, skipping the line\n", err->what);
            st = ZD_OK;
        }
    }
    return st;
}

static void take_plain(struct gathering *g, struct zd_str text)
{
    bool first = true;

    g->failed |= !begin_document(g->model);
    for (size_t at = 0, end; at < text.n && !g->failed; at = end + 1) {
        struct zd_str line;

        end = line_end(text, at);
        line = zd_str_trim(zd_str_cut(text, at, end));
        if (line.n == 0 || line.p[0] == '<')
            continue;
        while (line.n > 0 && line.p[0] == '#')
            line = zd_str_trim(zd_str_cut(line, 1, line.n));
        if (first)
            wait_for(g, ZD_BENCH_TITLE, line);
        else if (text.p[at] == '#')
            wait_for(g, ZD_BENCH_HEADING, line);
        else
            take_passage(g, line);
        first = false;
    }
}

static enum zd_status take_file(struct gathering *g, const char *path, struct zd_error *err)
{
    struct zd_owned_bytes raw = {0};
    const struct zd_str name = zd_str_c(path);
    struct zd_str text;
    enum zd_status st = zd_file_read(path, FILE_MAX_BYTES, &raw, err);

    if (st != ZD_OK)
        return st;
    text = (struct zd_str){(const char *)raw.p, raw.n};
    if (zd_utf8_valid_prefix(zd_str_bytes(text)) < text.n)
        fprintf(stderr, "%s is not UTF-8, passed over\n", path);
    else if (zd_str_ends(name, ZD_STR(".jsonl")))
        st = take_jsonl(g, text, err);
    else
        take_plain(g, text);
    zd_free(raw.p);
    return st;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

struct path_list {
    char **p; /* [n] owned */
    size_t n, cap;
};

static bool push_path(struct path_list *list, const char *folder, const char *name)
{
    const size_t n = strlen(folder) + strlen(name) + 2;
    char *path = zd_alloc(n);

    if (!path || (list->n == list->cap &&
                  !zd_grow(&list->p, &list->cap, list->n + 1, sizeof *list->p, SIZE_MAX / 64))) {
        zd_free(path);
        return false;
    }
    snprintf(path, n, "%s%s%s", folder, name[0] ? "/" : "", name);
    list->p[list->n++] = path;
    return true;
}

static bool push_folder(struct path_list *list, const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    bool good = dir != NULL;

    while (good && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            good = push_path(list, path, entry->d_name);
    if (dir)
        closedir(dir);
    return good;
}

/* A file, or all files below a folder in the order of their paths. */
static enum zd_status take_path(struct gathering *g, const char *path, struct zd_error *err)
{
    struct path_list all = {0}, files = {0};
    struct stat info;
    enum zd_status st = ZD_OK;
    bool good = push_path(&all, path, "");

    for (size_t i = 0; good && i < all.n; i++) {
        if (stat(all.p[i], &info) != 0)
            st = ZD_FAIL(err, ZD_NOT_FOUND, 0, "%s cannot be read", all.p[i]);
        else if (S_ISDIR(info.st_mode))
            good = push_folder(&all, all.p[i]);
        else
            good = push_path(&files, all.p[i], "");
    }
    if (!good && st == ZD_OK)
        st = ZD_FAIL(err, ZD_IO, 0, "%s cannot be listed", path);
    if (files.n > 0)
        qsort(files.p, files.n, sizeof *files.p, by_name);
    for (size_t i = 0; i < files.n && st == ZD_OK; i++)
        st = take_file(g, files.p[i], err);
    for (size_t i = 0; i < all.n; i++)
        zd_free(all.p[i]);
    for (size_t i = 0; i < files.n; i++)
        zd_free(files.p[i]);
    zd_free(all.p);
    zd_free(files.p);
    return st;
}

/* Titles, headings and questions go behind the passages, each kind in one piece. */
static bool place_waiting(struct gathering *g)
{
    for (int part = ZD_BENCH_TITLE; part <= ZD_BENCH_QUESTION; part++) {
        struct zd_str lines = zd_buf_view(&g->waiting[part]);

        if (g->waiting[part].bad)
            return false;
        g->model->region[part].from = g->model->n_chars;
        for (size_t at = 0, end; at < lines.n; at = end + 1) {
            end = line_end(lines, at);
            if (!add_unit(g->model, (enum zd_bench_part)part, zd_str_cut(lines, at, end)))
                return false;
        }
        g->model->region[part].to = g->model->n_chars;
    }
    return true;
}

/* ---- learning ---- */

/* Positions 1 … n-1 grouped by key(position), stable in `order` (NULL: ascending). */
static void group_by(const uint32_t *chars, size_t n, size_t back, const uint32_t *order,
                     const uint32_t *first, uint32_t *next, uint32_t *out)
{
    memcpy(next, first, ((size_t)PLANES_END + 1) * sizeof *next);
    for (size_t i = 0; i + 2 < n; i++) {
        const size_t at = order ? order[i] : i + 2;

        out[next[chars[at - back]]++] = (uint32_t)at;
    }
}

static void count_groups(const uint32_t *chars, size_t n, size_t back, uint32_t *first)
{
    uint32_t sum = 0;

    memset(first, 0, ((size_t)PLANES_END + 1) * sizeof *first);
    for (size_t at = 2; at < n; at++)
        first[chars[at - back]]++;
    for (size_t c = 0; c <= PLANES_END; c++) {
        const uint32_t count = first[c];

        first[c] = sum;
        sum += count;
    }
}

static uint64_t run_hash(const uint32_t *run)
{
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15);

    for (size_t i = 0; i <= ZD_BENCH_COPY_MAX; i++) {
        h = (h ^ run[i]) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    return h;
}

static void note_runs(struct zd_bench_model *model)
{
    for (size_t i = 0; i + ZD_BENCH_COPY_MAX < model->n_chars; i++) {
        uint64_t h = run_hash(model->chars + i);

        for (int k = 0; k < BLOOM_PROBES; k++, h = h >> 21 | h << 43)
            model->bloom[(h & model->bloom_mask) / 64] |= UINT64_C(1) << (h & 63);
    }
}

bool zd_bench_model_has_run(const struct zd_bench_model *model, const uint32_t *run)
{
    uint64_t h = run_hash(run);

    for (int k = 0; k < BLOOM_PROBES; k++, h = h >> 21 | h << 43)
        if (!(model->bloom[(h & model->bloom_mask) / 64] >> (h & 63) & 1))
            return false;
    return true;
}

static size_t pair_place(const struct zd_bench_model *m, uint32_t before, uint32_t last)
{
    const uint64_t key = (uint64_t)before << 32 | last;
    size_t at = (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 30) & m->pairs_mask;

    while (m->pairs[at].n && (m->pairs[at].before != before || m->pairs[at].last != last))
        at = (at + 1) & m->pairs_mask;
    return at;
}

/* Pairs of a position and the one before it in by_pair differ where a new pair begins. */
static bool note_pairs(struct zd_bench_model *m)
{
    const size_t n = m->n_chars - 2;
    size_t n_pairs = 1;

    for (size_t i = 1; i < n; i++) {
        const uint32_t *a = m->chars + m->by_pair[i - 1], *b = m->chars + m->by_pair[i];

        n_pairs += a[-1] != b[-1] || a[-2] != b[-2];
    }
    for (m->pairs_mask = 1023; m->pairs_mask < 2 * n_pairs;)
        m->pairs_mask = 2 * m->pairs_mask + 1;
    m->pairs = zd_alloc((m->pairs_mask + 1) * sizeof *m->pairs);
    if (!m->pairs)
        return false;
    for (size_t i = 0; i < n; i++) {
        const uint32_t *c = m->chars + m->by_pair[i];
        struct pair *pair = &m->pairs[pair_place(m, c[-2], c[-1])];

        if (pair->n++ == 0)
            *pair = (struct pair){c[-2], c[-1], (uint32_t)i, 1};
    }
    return true;
}

static enum zd_status learn(struct zd_bench_model *model, struct zd_error *err)
{
    const size_t n = model->n_chars, n_first = (size_t)PLANES_END + 1;
    uint32_t *second = zd_alloc(n_first * sizeof *second);
    uint32_t *next = zd_alloc(n_first * sizeof *next);
    uint32_t *order = zd_alloc(n * sizeof *order);
    uint64_t bits = 1 << 20;
    enum zd_status st = ZD_OK;

    while (bits < 32 * (uint64_t)n)
        bits *= 2;
    model->bloom_mask = bits - 1;
    model->bloom = zd_alloc((size_t)(bits / 8));
    model->first = zd_alloc(n_first * sizeof *model->first);
    model->by_place = zd_alloc(n * sizeof *model->by_place);
    model->by_pair = zd_alloc(n * sizeof *model->by_pair);
    if (!second || !next || !order || !model->bloom || !model->first || !model->by_place ||
        !model->by_pair) {
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the model");
        goto out;
    }
    count_groups(model->chars, n, 1, model->first);
    count_groups(model->chars, n, 2, second);
    group_by(model->chars, n, 1, NULL, model->first, next, model->by_place);
    group_by(model->chars, n, 2, NULL, second, next, order);
    group_by(model->chars, n, 1, order, model->first, next, model->by_pair);
    note_runs(model);
    if (!note_pairs(model))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the model");
out:
    zd_free(second);
    zd_free(next);
    zd_free(order);
    return st;
}

enum zd_status zd_bench_model_learn(const char *source, const char *questions,
                                    struct zd_bench_model **ret_model, struct zd_error *err)
{
    struct gathering g = {.model = zd_alloc(sizeof *g.model)};
    enum zd_status st = ZD_OK;

    if (!g.model)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory for the model");
    for (int part = 0; part < 4; part++)
        g.waiting[part].max = SOURCE_MAX_CHARS;
    if (!add_char(g.model, 0) || !add_char(g.model, 0))
        g.failed = true;
    st = take_path(&g, source, err);
    if (st == ZD_OK && questions)
        st = take_path(&g, questions, err);
    if (st == ZD_OK && (g.failed || !place_waiting(&g)))
        st = ZD_FAIL(err, ZD_NOMEM, 0, "%s is too large", source);
    if (st == ZD_OK && g.model->units[ZD_BENCH_TEXT].n < 100)
        st = ZD_FAIL(err, ZD_INVALID, 0, "%s holds fewer than 100 passages", source);
    if (st == ZD_OK)
        st = learn(g.model, err);
    for (int part = 0; part < 4; part++)
        zd_buf_done(&g.waiting[part]);
    if (st == ZD_OK)
        *ret_model = g.model;
    else
        zd_bench_model_free(g.model);
    return st;
}

void zd_bench_model_free(struct zd_bench_model *model)
{
    if (!model)
        return;
    for (int part = 0; part < 4; part++)
        zd_free(model->units[part].p);
    zd_free(model->chars);
    zd_free(model->documents);
    zd_free(model->first);
    zd_free(model->by_place);
    zd_free(model->by_pair);
    zd_free(model->bloom);
    zd_free(model->pairs);
    zd_free(model);
}

/* ---- making ---- */

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

size_t zd_bench_maker_draw(struct zd_bench_maker *maker, size_t below)
{
    return (size_t)((next_random(&maker->random) >> 11) % below);
}

void zd_bench_maker_begin(struct zd_bench_maker *maker, const struct zd_bench_model *model,
                          uint64_t seed, uint64_t number)
{
    uint64_t mixed = seed;

    mixed = next_random(&mixed) ^ number * UINT64_C(0xd6e8feb86659fd93);
    *maker = (struct zd_bench_maker){.model = model, .random = mixed};
    maker->topic = (uint32_t)zd_bench_maker_draw(maker, model->n_documents);
}

uint32_t zd_bench_maker_passages(struct zd_bench_maker *maker)
{
    const struct zd_bench_model *m = maker->model;
    uint32_t n = m->documents[zd_bench_maker_draw(maker, m->n_documents)].n_passages;

    return n ? n : 1;
}

/* The first place in by_place[from, to) that is not before `at`. */
static size_t lower_bound(const uint32_t *p, size_t from, size_t to, size_t at)
{
    while (from < to) {
        const size_t mid = from + (to - from) / 2;

        if (p[mid] < at)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

/* A character that followed `last` in the passage's stretch of the topic: the first one behind a
 * random place, then the first one of all; or 0. */
static uint32_t from_near(struct zd_bench_maker *maker, uint32_t last)
{
    const struct zd_bench_model *m = maker->model;
    const size_t n = maker->near_to - maker->near_from;
    const wchar_t *p = (const wchar_t *)m->chars + maker->near_from - 1;
    const size_t at = n ? zd_bench_maker_draw(maker, n) : 0;
    const wchar_t *found = wmemchr(p + at, (wchar_t)last, n - at);

    _Static_assert(sizeof(wchar_t) == sizeof *m->chars, "wmemchr looks for 32-bit characters");
    if (!found)
        found = wmemchr(p, (wchar_t)last, at);
    return found ? (uint32_t)found[1] : 0;
}

/* A character that followed `last` in [where.from, where.to), or 0. */
static uint32_t from_region(struct zd_bench_maker *maker, struct document where, uint32_t last)
{
    const struct zd_bench_model *m = maker->model;
    const size_t from = lower_bound(m->by_place, m->first[last], m->first[last + 1], where.from);
    const size_t to = lower_bound(m->by_place, from, m->first[last + 1], where.to);

    return from < to ? m->chars[m->by_place[from + zd_bench_maker_draw(maker, to - from)]] : 0;
}

static uint32_t from_pair(struct zd_bench_maker *maker, uint32_t before, uint32_t last)
{
    const struct zd_bench_model *m = maker->model;
    const struct pair *pair = &m->pairs[pair_place(m, before, last)];

    return pair->n ? m->chars[m->by_pair[pair->from + zd_bench_maker_draw(maker, pair->n)]] : 0;
}

static uint32_t from_anywhere(struct zd_bench_maker *maker, uint32_t last)
{
    const struct zd_bench_model *m = maker->model;
    const uint32_t n = m->first[last + 1] - m->first[last];

    return n ? m->chars[m->by_place[m->first[last] + zd_bench_maker_draw(maker, n)]] : 0;
}

static uint32_t any_char(struct zd_bench_maker *maker)
{
    const struct zd_bench_model *m = maker->model;
    const struct unit_list *texts = &m->units[ZD_BENCH_TEXT];
    const size_t end = texts->p[texts->n - 1].at + texts->p[texts->n - 1].n_chars;

    return m->chars[2 + zd_bench_maker_draw(maker, end - 2)];
}

/* What followed the last character in the passage so far, from a random place on, then from its
 * beginning; the next draw may go on from there. */
static uint32_t from_cache(struct zd_bench_maker *maker, const uint32_t *made, size_t n)
{
    const wchar_t *p = (const wchar_t *)made;
    const size_t at = n > 1 ? zd_bench_maker_draw(maker, n - 1) : 0;
    const wchar_t *found = wmemchr(p + at, p[n - 1], n - 1 - at);

    if (!found)
        found = wmemchr(p, p[n - 1], at);
    maker->follow = found ? (size_t)(found - p) + 1 : 0;
    return found ? (uint32_t)found[1] : 0;
}

static uint32_t draw_char(struct zd_bench_maker *maker, enum zd_bench_part part,
                          const uint32_t *made, size_t n)
{
    const struct zd_bench_model *m = maker->model;
    const uint32_t last = n ? made[n - 1] : 0, before = n > 1 ? made[n - 2] : 0;
    const bool own = part != ZD_BENCH_TEXT && m->units[part].n > 0;
    size_t lot = zd_bench_maker_draw(maker, 1000);

    if (own && (n == 0 || zd_bench_maker_draw(maker, 100) < 80))
        return from_region(maker, m->region[part], last);
    if (n == 0)
        return from_region(maker, m->documents[maker->topic], 0);
    if (maker->follow && zd_bench_maker_draw(maker, 1000) < SHARE_FOLLOW)
        return made[++maker->follow];
    maker->follow = 0;
    if (lot < SHARE_CACHE)
        return from_cache(maker, made, n);
    lot -= SHARE_CACHE;
    if (lot < SHARE_TOPIC)
        return from_near(maker, last);
    lot -= SHARE_TOPIC;
    if (lot < SHARE_PAIR && before)
        return from_pair(maker, before, last);
    if (lot - SHARE_PAIR < SHARE_NEW)
        return any_char(maker);
    return from_anywhere(maker, last);
}

/* One more character; never one that completes a run of the source. */
static uint32_t make_char(struct zd_bench_maker *maker, enum zd_bench_part part, uint32_t *made,
                          size_t n)
{
    for (int attempt = 0; attempt < 200; attempt++) {
        uint32_t c = attempt < 4    ? draw_char(maker, part, made, n)
                     : attempt < 20 ? from_anywhere(maker, n ? made[n - 1] : 0)
                                    : any_char(maker);

        if (attempt > 0)
            maker->follow = 0;
        if (c == 0 || (c == '\n' && n == 0))
            continue;
        made[n] = c;
        if (n < ZD_BENCH_COPY_MAX ||
            !zd_bench_model_has_run(maker->model, made + n - ZD_BENCH_COPY_MAX))
            return c;
    }
    return made[n] = 0xB7; /* a raised dot: stands in no rule twelve times over */
}

/* The part of the topic that lends its words to one passage. */
static void settle(struct zd_bench_maker *maker)
{
    const struct document *d = &maker->model->documents[maker->topic];
    const size_t n = d->to - d->from;

    maker->near_from = d->from;
    maker->near_to = d->to;
    if (n <= NEAR_CHARS)
        return;
    maker->near_from += zd_bench_maker_draw(maker, n - NEAR_CHARS);
    maker->near_to = maker->near_from + NEAR_CHARS;
}

void zd_bench_maker_text(struct zd_bench_maker *maker, enum zd_bench_part part, struct zd_buf *out)
{
    const struct unit_list *list = &maker->model->units[part];
    uint32_t made[PASSAGE_MAX_CHARS + 1], n;

    if (list->n == 0)
        list = &maker->model->units[ZD_BENCH_TITLE];
    n = list->p[zd_bench_maker_draw(maker, list->n)].n_chars;
    if (n > PASSAGE_MAX_CHARS)
        n = PASSAGE_MAX_CHARS;
    settle(maker);
    maker->follow = 0;
    for (size_t i = 0; i < n; i++)
        zd_buf_code_point(out, make_char(maker, part, made, i));
    made[n] = 0x3002; /* 。 */
    if (part == ZD_BENCH_TEXT &&
        (n < ZD_BENCH_COPY_MAX ||
         !zd_bench_model_has_run(maker->model, made + n - ZD_BENCH_COPY_MAX)))
        zd_buf_code_point(out, made[n]);
}

/* The n Han characters that end where a clause ends, or begin where one begins, from `at` on; NULL
 * where the clause has fewer. Words stand there more often than elsewhere. */
static const uint32_t *words_at(const struct zd_bench_model *m, const struct unit *u, size_t at,
                                size_t n, bool ending)
{
    const size_t end = u->at + u->n_chars;
    size_t good = 0, from;

    while (at < end && zd_is_han(m->chars[at]))
        at++;
    if (at == end || (ending && at < u->at + n) || (!ending && at + 1 + n > end))
        return NULL;
    from = ending ? at - n : at + 1;
    while (good < n && zd_is_han(m->chars[from + good]))
        good++;
    return good == n ? m->chars + from : NULL;
}

void zd_bench_maker_words(struct zd_bench_maker *maker, struct zd_buf *out)
{
    const struct zd_bench_model *m = maker->model;
    const struct unit_list *texts = &m->units[ZD_BENCH_TEXT];
    const size_t n = 2 + zd_bench_maker_draw(maker, 2);
    const bool ending = zd_bench_maker_draw(maker, 2) == 0;

    for (int attempt = 0; attempt < 1000; attempt++) {
        const struct unit *u = &texts->p[zd_bench_maker_draw(maker, texts->n)];
        const uint32_t *words =
            words_at(m, u, u->at + zd_bench_maker_draw(maker, u->n_chars), n, ending);

        for (size_t i = 0; words && i < n; i++)
            zd_buf_code_point(out, words[i]);
        if (words)
            return;
    }
}
