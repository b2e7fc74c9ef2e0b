/* guard.c: rules, lists and the two ways past them, see guard.h. */
#include "guard/guard.h"

#include <string.h>

#include "base/utf8.h"

#define LISTS_MAX_BYTES ((size_t)256 << 20)
#define REPLY_HELD_MAX_BYTES ((size_t)1 << 20)

struct zd_guard {
    char *dir;
    struct zd_guard_rules rules;
    struct zd_arena *arena;
    struct zd_word_list *lists; /* [n_lists] */
    size_t n_lists;
    struct zd_word *words; /* [n_words] tag: number of its list */
    size_t n_words;
    struct zd_words *automaton; /* NULL: no lists */
    int64_t stamp;              /* 0: there was no guard.db */
};

static const struct {
    const char *word, *zh;
} actions[ZD_GUARD_ACTIONS] = {
#define ACTION_ROW(name, word, zh) {word, zh},
    ZD_GUARD_ACTION_TABLE(ACTION_ROW)
#undef ACTION_ROW
};

const char *zd_guard_action_word(enum zd_guard_action action)
{
    return actions[action].word;
}

const char *zd_guard_action_zh(enum zd_guard_action action)
{
    return actions[action].zh;
}

bool zd_guard_action_of(struct zd_str word, enum zd_guard_action *ret_action)
{
    for (size_t i = 0; i < ZD_GUARD_ACTIONS; i++)
        if (zd_str_eq(word, zd_str_c(actions[i].word))) {
            *ret_action = (enum zd_guard_action)i;
            return true;
        }
    return false;
}

const char *zd_data_class_zh(enum zd_data_class data_class)
{
    static const char *const words[ZD_N_DATA_CLASSES] = {"公开", "内部", "个人信息",
                                                         "敏感个人信息"};

    return words[data_class];
}

struct zd_guard_rules zd_guard_default_rules(void)
{
    return (struct zd_guard_rules){.action = {
                                       [ZD_DATA_PUBLIC] = ZD_GUARD_PASS,
                                       [ZD_DATA_INTERNAL] = ZD_GUARD_PASS,
                                       [ZD_DATA_PERSONAL] = ZD_GUARD_MASK,
                                       [ZD_DATA_SENSITIVE] = ZD_GUARD_MASK,
                                   }};
}

/* ---- reading ---- */

static enum zd_status read_rules(struct zd_guard *guard, struct zd_store *store,
                                 const struct zd_subject *subject, struct zd_error *err)
{
    for (size_t i = 0; i < ZD_N_DATA_CLASSES; i++) {
        struct zd_str action = {0};
        enum zd_status st =
            zd_guard_rule_get(store, subject, zd_str_c(zd_data_class_word((enum zd_data_class)i)),
                              guard->arena, &action, err);

        if (st != ZD_OK)
            return st;
        if (action.p && !zd_guard_action_of(action, &guard->rules.action[i]))
            return ZD_FAIL(err, ZD_CORRUPT, 0, "guard.db has a rule this program does not know");
    }
    return ZD_OK;
}

/* Every line of every list is a word. */
static enum zd_status collect_words(struct zd_guard *guard, struct zd_error *err)
{
    uint64_t n = 0;

    for (size_t i = 0; i < guard->n_lists; i++)
        n += guard->lists[i].n_words;
    if (n > ZD_WORDS_MAX)
        return ZD_FAIL(err, ZD_LIMIT, 0, "the lists have more than %d words", ZD_WORDS_MAX);
    guard->words = zd_arena_array(guard->arena, (size_t)n + 1, sizeof *guard->words);
    if (!guard->words)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the word lists");
    for (size_t i = 0; i < guard->n_lists; i++) {
        const struct zd_str text = guard->lists[i].words;

        for (size_t at = 0; at < text.n && guard->n_words < n;) {
            size_t end = zd_str_find(text, ZD_STR("\n"), at);

            end = end == SIZE_MAX ? text.n : end;
            guard->words[guard->n_words++] =
                (struct zd_word){zd_str_cut(text, at, end), (uint32_t)i};
            at = end + 1;
        }
    }
    return guard->n_words == 0
               ? ZD_OK
               : zd_words_build(guard->words, guard->n_words, &guard->automaton, err);
}

static enum zd_status read_all(struct zd_guard *guard, const struct zd_subject *subject,
                               struct zd_error *err)
{
    struct zd_store *store = NULL;
    enum zd_status st = zd_guard_db_open(guard->dir, ZD_STORE_READ, &store, err);

    if (st == ZD_NOT_FOUND)
        return ZD_OK;
    if (st == ZD_OK)
        st = zd_store_begin(store, err);
    if (st == ZD_OK)
        st = zd_guard_stamp(store, &guard->stamp, err);
    if (st == ZD_OK)
        st = read_rules(guard, store, subject, err);
    if (st == ZD_OK)
        st = zd_word_lists(store, subject, true, guard->arena, &guard->lists, &guard->n_lists, err);
    zd_store_close(store);
    return st == ZD_OK ? collect_words(guard, err) : st;
}

enum zd_status zd_guard_load(const char *office_dir, const struct zd_subject *subject,
                             struct zd_guard **ret_guard, struct zd_error *err)
{
    struct zd_guard *guard = zd_alloc(sizeof *guard);
    const size_t n = strlen(office_dir) + 1;
    enum zd_status st = ZD_OK;

    if (!guard)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the guard");
    guard->rules = zd_guard_default_rules();
    guard->dir = zd_alloc(n);
    guard->arena = zd_arena_new(LISTS_MAX_BYTES);
    if (!guard->dir || !guard->arena)
        st = ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the guard");
    if (st == ZD_OK) {
        memcpy(guard->dir, office_dir, n);
        st = read_all(guard, subject, err);
    }
    if (st != ZD_OK) {
        zd_guard_free(guard);
        return st;
    }
    *ret_guard = guard;
    return ZD_OK;
}

void zd_guard_free(struct zd_guard *guard)
{
    if (!guard)
        return;
    zd_words_free(guard->automaton);
    zd_arena_free(guard->arena);
    zd_free(guard->dir);
    zd_free(guard);
}

bool zd_guard_is_stale(const struct zd_guard *guard)
{
    struct zd_store *store = NULL;
    int64_t stamp = 0;
    bool stale = false;

    if (zd_guard_db_open(guard->dir, ZD_STORE_READ, &store, NULL) != ZD_OK)
        return false;
    if (zd_guard_stamp(store, &stamp, NULL) == ZD_OK)
        stale = stamp != guard->stamp;
    zd_store_close(store);
    return stale;
}

const struct zd_guard_rules *zd_guard_rules(const struct zd_guard *guard)
{
    return &guard->rules;
}

const struct zd_words *zd_guard_words(const struct zd_guard *guard)
{
    return guard->automaton;
}

/* ---- listed words ---- */

struct meeting {
    const struct zd_guard *guard;
    uint32_t direction;
    struct zd_guard_hit *hits; /* [ZD_GUARD_MAX_HITS] */
    size_t n_hits;
    bool blocked;
    size_t blocked_at; /* byte where the blocking word begins */
};

static bool meet_word(void *context, const struct zd_word_hit *hit)
{
    struct meeting *m = context;
    const struct zd_word_list *list = &m->guard->lists[hit->tag];

    if (!(list->directions & m->direction))
        return true;
    if (m->n_hits < ZD_GUARD_MAX_HITS)
        m->hits[m->n_hits++] = (struct zd_guard_hit){
            .list = list->name,
            .word = m->guard->words[hit->word].text,
            .version = list->version,
            .direction = m->direction,
            .blocked = list->blocks,
        };
    if (!list->blocks)
        return true;
    m->blocked = true;
    m->blocked_at = hit->start;
    return false;
}

/* ---- outgoing ---- */

/* Kinds that the rules say to mask. A class that is only passed on is not. */
static uint32_t kinds_to_mask(const struct zd_guard_rules *rules)
{
    uint32_t kinds = 0;

    for (size_t i = 0; i < ZD_PERSONAL_KINDS; i++) {
        const enum zd_data_class data_class = zd_personal_class((enum zd_personal_kind)i);

        if (data_class != ZD_DATA_PUBLIC && rules->action[data_class] == ZD_GUARD_MASK)
            kinds |= ZD_MASK_KIND(i);
    }
    return kinds;
}

static void raise(struct zd_guard_verdict *v, const struct zd_guard_rules *rules,
                  enum zd_data_class data_class)
{
    if (data_class > v->data_class)
        v->data_class = data_class;
    if (rules->action[data_class] > v->action)
        v->action = rules->action[data_class];
}

static void look_for_words(const struct zd_guard *guard, const struct zd_str *texts, size_t n,
                           struct meeting *m)
{
    for (size_t i = 0; guard->automaton && i < n && !m->blocked; i++) {
        struct zd_word_scan scan;

        zd_word_scan_begin(&scan, guard->automaton, meet_word, m);
        zd_word_scan_feed(&scan, texts[i]);
        zd_word_scan_end(&scan);
    }
}

/* The kinds found that have the class, as a list for people. */
static struct zd_str kinds_found(const struct zd_guard_verdict *v, struct zd_arena *arena)
{
    struct zd_str list = ZD_STR("");

    for (size_t i = 0; i < ZD_PERSONAL_KINDS; i++)
        if (v->n_personal[i] > 0 && zd_personal_class((enum zd_personal_kind)i) != ZD_DATA_PUBLIC)
            list = zd_arena_printf(arena, "%.*s%s%s", (int)list.n, list.p, list.n ? "、" : "",
                                   zd_personal_zh((enum zd_personal_kind)i));
    return list;
}

static struct zd_str reason_of(const struct zd_guard_verdict *v, bool word_blocks,
                               struct zd_arena *arena)
{
    const struct zd_str kinds = kinds_found(v, arena);

    if (v->secrecy.level != ZD_SECRECY_NONE)
        return zd_arena_printf(arena,
                               "内容带有密级标志（%s），不得在本系统处理。涉密不上网，上网不涉密。",
                               zd_secrecy_zh(v->secrecy.level));
    if (word_blocks)
        return zd_arena_str(arena, ZD_STR("内容含有本单位词表列明的词语，不予处理。"));
    if (v->action == ZD_GUARD_BLOCK)
        return zd_arena_printf(arena, "内容含有%s%.*s，按本单位规则不予处理。",
                               zd_data_class_zh(v->data_class), (int)kinds.n, kinds.p);
    if (v->action == ZD_GUARD_LOCAL)
        return zd_arena_printf(arena, "内容含有%s%.*s，按本单位规则只能由本地模型处理。",
                               zd_data_class_zh(v->data_class), (int)kinds.n, kinds.p);
    return ZD_STR("");
}

enum zd_status zd_guard_outgoing(const struct zd_guard *guard, const struct zd_str *texts, size_t n,
                                 enum zd_data_class at_least, bool local, struct zd_arena *arena,
                                 struct zd_guard_verdict *ret_verdict, struct zd_error *err)
{
    struct zd_guard_verdict v = {.action = ZD_GUARD_PASS, .data_class = ZD_DATA_PUBLIC};
    struct meeting m = {.guard = guard, .direction = ZD_DIRECTION_IN};
    enum zd_status st;

    v.texts = zd_arena_array(arena, n ? n : 1, sizeof *v.texts);
    m.hits = zd_arena_array(arena, ZD_GUARD_MAX_HITS, sizeof *m.hits);
    if (!v.texts || !m.hits)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the guard");
    st = zd_mask_texts(texts, n, local ? 0 : kinds_to_mask(&guard->rules), arena, v.texts, &v.mask,
                       err);
    if (st != ZD_OK)
        return st;
    raise(&v, &guard->rules, at_least);
    for (size_t i = 0; i < ZD_PERSONAL_KINDS; i++) {
        v.n_personal[i] = (uint32_t)zd_mask_count_kind(v.mask, (enum zd_personal_kind)i);
        if (v.n_personal[i] > 0)
            raise(&v, &guard->rules, zd_personal_class((enum zd_personal_kind)i));
    }
    for (size_t i = 0; i < n; i++) {
        const struct zd_secrecy_mark mark = zd_secrecy_find(texts[i], false);

        if (mark.level > v.secrecy.level)
            v.secrecy = mark;
    }
    look_for_words(guard, texts, n, &m);
    v.hits = m.hits;
    v.n_hits = m.n_hits;
    if (m.blocked || v.secrecy.level != ZD_SECRECY_NONE)
        v.action = ZD_GUARD_BLOCK;
    else if (local && v.action != ZD_GUARD_BLOCK)
        v.action = ZD_GUARD_PASS;
    v.reason = reason_of(&v, m.blocked, arena);
    if (!v.reason.p)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for the guard");
    *ret_verdict = v;
    return ZD_OK;
}

/* ---- replies ---- */

struct zd_guard_reply {
    struct zd_restorer restorer;
    struct zd_word_scan scan;
    struct meeting meeting;
    struct zd_guard_hit hits[ZD_GUARD_MAX_HITS];
    struct zd_buf held; /* restored text that has not been shown … */
    size_t held_from;   /* … and the byte of the whole reply where it begins */
};

enum zd_status zd_guard_reply_new(const struct zd_guard *guard, const struct zd_mask *mask,
                                  struct zd_guard_reply **ret_reply, struct zd_error *err)
{
    struct zd_guard_reply *reply = zd_alloc(sizeof *reply);

    if (!reply)
        return ZD_FAIL(err, ZD_NOMEM, 0, "out of memory for a reply");
    reply->restorer.mask = mask;
    reply->held.max = REPLY_HELD_MAX_BYTES;
    reply->meeting =
        (struct meeting){.guard = guard, .direction = ZD_DIRECTION_OUT, .hits = reply->hits};
    if (guard->automaton)
        zd_word_scan_begin(&reply->scan, guard->automaton, meet_word, &reply->meeting);
    *ret_reply = reply;
    return ZD_OK;
}

void zd_guard_reply_free(struct zd_guard_reply *reply)
{
    if (!reply)
        return;
    zd_buf_done(&reply->held);
    zd_free(reply);
}

/* Shows what is held up to byte `to` of the reply. */
static void show(struct zd_guard_reply *reply, size_t to, struct zd_buf *out)
{
    const size_t n = to - reply->held_from;

    zd_buf_add(out, reply->held.p, n);
    memmove(reply->held.p, reply->held.p + n, reply->held.n - n);
    reply->held.n -= n;
    reply->held_from = to;
}

/* Looks at what was held back from byte `from` of it on. */
static enum zd_status look(struct zd_guard_reply *reply, size_t from, bool end, struct zd_buf *out,
                           struct zd_error *err)
{
    const struct zd_str held = zd_buf_view(&reply->held);
    size_t to = reply->held_from + held.n;
    enum zd_status st = zd_buf_check(&reply->held, "one piece of a reply", err);

    if (st != ZD_OK)
        return st;
    if (reply->meeting.guard->automaton) {
        zd_word_scan_feed(&reply->scan, zd_str_cut(held, from, held.n));
        if (end)
            zd_word_scan_end(&reply->scan);
        to = zd_word_scan_done(&reply->scan);
    }
    if (reply->meeting.blocked && reply->meeting.blocked_at < to)
        to = reply->meeting.blocked_at;
    if (end && !reply->meeting.blocked)
        to = reply->held_from + held.n;
    if (to > reply->held_from && held.n > 0)
        show(reply, to, out);
    if (reply->meeting.blocked) {
        zd_buf_clear(&reply->held);
        return ZD_FAIL(err, ZD_DENIED, 0, "a listed word stands in the reply");
    }
    return zd_buf_check(out, "the reply", err);
}

enum zd_status zd_guard_reply_feed(struct zd_guard_reply *reply, struct zd_str piece,
                                   struct zd_buf *out, struct zd_error *err)
{
    const size_t from = reply->held.n;

    if (reply->meeting.blocked)
        return ZD_FAIL(err, ZD_DENIED, 0, "a listed word stands in the reply");
    zd_restorer_feed(&reply->restorer, piece, &reply->held);
    return look(reply, from, false, out, err);
}

enum zd_status zd_guard_reply_end(struct zd_guard_reply *reply, struct zd_buf *out,
                                  struct zd_error *err)
{
    const size_t from = reply->held.n;

    if (reply->meeting.blocked)
        return ZD_FAIL(err, ZD_DENIED, 0, "a listed word stands in the reply");
    zd_restorer_end(&reply->restorer, &reply->held);
    return look(reply, from, true, out, err);
}

const struct zd_guard_hit *zd_guard_reply_hits(const struct zd_guard_reply *reply, size_t *ret_n)
{
    *ret_n = reply->meeting.n_hits;
    return reply->hits;
}

enum zd_status zd_guard_record(const char *office_dir, struct zd_str request,
                               const struct zd_guard_hit *hits, size_t n, struct zd_error *err)
{
    struct zd_store *store = NULL;
    enum zd_status st;

    if (n == 0)
        return ZD_OK;
    st = zd_guard_db_open(office_dir, ZD_STORE_WRITE, &store, err);
    if (st == ZD_OK)
        st = zd_store_begin(store, err);
    for (size_t i = 0; st == ZD_OK && i < n; i++)
        st = zd_guard_hit_add(store, zd_subject_owner(), request, &hits[i], err);
    if (st == ZD_OK)
        st = zd_store_commit(store, err);
    zd_store_close(store);
    return st;
}
