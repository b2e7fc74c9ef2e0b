/* register: the models that the office may use, and what the regulator and the contract say of
 * each; and the desks, with the model that words their answers.
 *
 * One name may stand with several backends: those of the lowest rank are asked first, and within a
 * rank by weight. A model without a filing number (备案号, 生成式人工智能服务管理暂行办法 art. 17)
 * cannot serve a public desk. */
#ifndef ZD_STORE_REGISTER_H
#define ZD_STORE_REGISTER_H

#include "store/store.h"

#define ZD_MODEL_MAX 256
#define ZD_DESK_MAX 64

/* What kind of data a text is. A model may see the classes of its bits (1 << class). */
enum zd_data_class {
    ZD_DATA_PUBLIC,    /* 公开 */
    ZD_DATA_INTERNAL,  /* 内部 */
    ZD_DATA_PERSONAL,  /* 个人信息 */
    ZD_DATA_SENSITIVE, /* 敏感个人信息、工作秘密 */
    ZD_N_DATA_CLASSES,
};

enum zd_task { ZD_TASK_CHAT, ZD_TASK_EMBEDDING, ZD_N_TASKS };

struct zd_model {
    int64_t key, backend_key;
    struct zd_str name;     /* by which the office calls it */
    struct zd_str backend;  /* its name */
    struct zd_str upstream; /* by which the backend calls it */
    enum zd_task task;
    struct zd_str filing;                   /* 备案号, empty: none */
    struct zd_str contract;                 /* with the provider, empty: none */
    uint32_t classes;                       /* bits of zd_data_class that it may see */
    uint64_t price_in, price_out;           /* millionths of a yuan a million tokens */
    uint32_t context_tokens, output_tokens; /* the most it reads, the most it writes */
    uint32_t rank, weight;
};

struct zd_model_list {
    struct zd_model *p; /* [n] by name, then rank */
    size_t n;
};

struct zd_desk_row {
    struct zd_str name;
    bool is_public;
    bool cheapest;       /* within a rank the cheapest model is asked first, not by weight */
    struct zd_str model; /* empty: answers are extracted only */
};

struct zd_desk_rows {
    struct zd_desk_row *p; /* [n] by name */
    size_t n;
};

/* "public", "internal", "personal", "sensitive"; ZD_N_DATA_CLASSES for any other word. */
const char *zd_data_class_word(enum zd_data_class data_class);
enum zd_data_class zd_data_class_of(struct zd_str word);
/* "chat", "embedding"; ZD_N_TASKS for any other word. */
const char *zd_task_word(enum zd_task task);
enum zd_task zd_task_of(struct zd_str word);

/* Adds it or changes the one of this name and backend. Errors: ZD_DENIED; ZD_NOT_FOUND no such
 * backend; ZD_LIMIT; ZD_INVALID. */
enum zd_status zd_model_put(struct zd_store *store, const struct zd_subject *subject,
                            const struct zd_model *model, struct zd_error *err) ZD_MUST_USE;
/* From one backend, or with an empty one from all. Errors: ZD_NOT_FOUND; ZD_DENIED. */
enum zd_status zd_model_remove(struct zd_store *store, const struct zd_subject *subject,
                               struct zd_str name, struct zd_str backend,
                               struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_model_list(struct zd_store *store, const struct zd_subject *subject,
                             struct zd_arena *arena, struct zd_model_list *ret_list,
                             struct zd_error *err) ZD_MUST_USE;

/* Adds the desk or changes it. Errors: ZD_DENIED; ZD_LIMIT; ZD_INVALID a public desk with a model
 * that is not filed. */
enum zd_status zd_desk_put(struct zd_store *store, const struct zd_subject *subject,
                           const struct zd_desk_row *desk, struct zd_error *err) ZD_MUST_USE;
enum zd_status zd_desk_rows(struct zd_store *store, const struct zd_subject *subject,
                            struct zd_arena *arena, struct zd_desk_rows *ret_rows,
                            struct zd_error *err) ZD_MUST_USE;

#endif
