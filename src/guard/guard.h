/* guard: what may leave the machine, and what comes back. The face of this room.
 *
 *     outgoing   texts → secrecy mark? listed word? personal data? → pass | mask | local | block
 *     reply      model's stream → data put back → listed word? → shown, or stopped
 *
 * The other public headers of this room are its parts: personal.h finds personal data, mask.h masks
 * and restores it, words.h looks for listed words, secrecy.h for secrecy marks, label.h labels
 * generated text. The rules of the office and its word lists stand in guard.db (store/guard_db.h).
 *
 * A guard is an immutable snapshot of rules and lists: any thread may use it.
 */
#ifndef ZD_GUARD_H
#define ZD_GUARD_H

#include "guard/mask.h"
#include "guard/personal.h"
#include "guard/secrecy.h"
#include "guard/words.h"
#include "store/guard_db.h"

/* What happens to text of a data class on its way to a model outside the machine; the later the
 * stricter. A local model sees all but what is blocked. */
#define ZD_GUARD_ACTION_TABLE(X)                                                                   \
    X(PASS, "pass", "放行")                                                                        \
    X(MASK, "mask", "遮蔽后放行")                                                                  \
    X(LOCAL, "local", "仅限本地模型")                                                              \
    X(BLOCK, "block", "拦截")

#define ZD_GUARD_ACTION_ENUM(name, word, zh) ZD_GUARD_##name,
enum zd_guard_action { ZD_GUARD_ACTION_TABLE(ZD_GUARD_ACTION_ENUM) ZD_GUARD_ACTIONS };
#undef ZD_GUARD_ACTION_ENUM

const char *zd_guard_action_word(enum zd_guard_action action);
const char *zd_guard_action_zh(enum zd_guard_action action);
bool zd_guard_action_of(struct zd_str word, enum zd_guard_action *ret_action);

/* "个人信息" */
const char *zd_data_class_zh(enum zd_data_class data_class);

/* The rule of each class. zd_guard_default_rules: public and internal pass, personal and sensitive
 * are masked. A secrecy mark always blocks, whatever the rules. */
struct zd_guard_rules {
    enum zd_guard_action action[ZD_N_DATA_CLASSES];
};
struct zd_guard_rules zd_guard_default_rules(void);

#define ZD_GUARD_MAX_HITS 64 /* kept of one request, and of one reply */

struct zd_guard;

/* Reads rules and lists of an office folder; an office without guard.db has the default rules and
 * no lists. The caller ends it with zd_guard_free. Cost: 100,000 words take some 0.1 s, so make
 * one a process and again only when zd_guard_is_stale. Errors: those of the store; ZD_NOMEM. */
enum zd_status zd_guard_load(const char *office_dir, const struct zd_subject *subject,
                             struct zd_guard **ret_guard, struct zd_error *err) ZD_MUST_USE;
void zd_guard_free(struct zd_guard *guard); /* NULL is fine */
/* True where the office's rules or lists have changed since (one read of guard.db; false where it
 * cannot be read). */
bool zd_guard_is_stale(const struct zd_guard *guard);
const struct zd_guard_rules *zd_guard_rules(const struct zd_guard *guard);
const struct zd_words *zd_guard_words(const struct zd_guard *guard); /* of all lists; NULL: none */

/* What was found in the texts of a request, and what follows. */
struct zd_guard_verdict {
    enum zd_guard_action action;
    enum zd_data_class data_class;          /* of the texts as they are; masked ones are freer */
    uint32_t n_personal[ZD_PERSONAL_KINDS]; /* findings of each kind, for the record */
    struct zd_secrecy_mark secrecy;
    struct zd_guard_hit *hits; /* [n_hits] listed words, the first ZD_GUARD_MAX_HITS of them */
    size_t n_hits;
    struct zd_str reason; /* Chinese sentence for the person, empty when it passes */
    /* where the action is PASS or MASK: what may leave, text by text, and the mask that puts the
     * data back (never NULL; empty where nothing was masked) */
    struct zd_str *texts; /* [n] */
    struct zd_mask *mask;
};

/* Looks at all texts of a request: `at_least` is the class the caller knows it to have already (a
 * passage of a staff document is internal). For a local model (`local`) nothing is masked and only
 * BLOCK stops. The caller records hits with zd_guard_record.
 * Errors: ZD_NOMEM; ZD_LIMIT as zd_mask_texts. */
enum zd_status zd_guard_outgoing(const struct zd_guard *guard, const struct zd_str *texts, size_t n,
                                 enum zd_data_class at_least, bool local, struct zd_arena *arena,
                                 struct zd_guard_verdict *ret_verdict,
                                 struct zd_error *err) ZD_MUST_USE;

/* The reply of a model on its way back: data put back, listed words looked for. What could still
 * become a placeholder or a listed word is held back; once a word blocks, nothing more comes out.
 * Memory comes from base and is given back by _free. Errors: ZD_NOMEM. */
struct zd_guard_reply;
enum zd_status zd_guard_reply_new(const struct zd_guard *guard, const struct zd_mask *mask,
                                  struct zd_guard_reply **ret_reply,
                                  struct zd_error *err) ZD_MUST_USE;
void zd_guard_reply_free(struct zd_guard_reply *reply); /* NULL is fine */
/* Appends to out what may be shown of all fed so far. Errors: ZD_DENIED a listed word blocks (now
 * and ever after; what stood before it has been appended); ZD_LIMIT, ZD_NOMEM of the buffer. */
enum zd_status zd_guard_reply_feed(struct zd_guard_reply *reply, struct zd_str piece,
                                   struct zd_buf *out, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_guard_reply_end(struct zd_guard_reply *reply, struct zd_buf *out,
                                  struct zd_error *err) ZD_MUST_USE;

/* Listed words of the reply so far, borrowed from it. */
const struct zd_guard_hit *zd_guard_reply_hits(const struct zd_guard_reply *reply, size_t *ret_n);

/* Records hits for review in the office's guard.db, which is made where missing; `request` names the
 * request in the server's log. Nothing else of the text is kept. Errors: those of the store. */
enum zd_status zd_guard_record(const char *office_dir, struct zd_str request,
                               const struct zd_guard_hit *hits, size_t n,
                               struct zd_error *err) ZD_MUST_USE;

#endif
