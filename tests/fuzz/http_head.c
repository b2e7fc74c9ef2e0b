/* The request head and the body behind it (Z1, Z2).
 *
 * Oracle: one verdict for every cut. The bytes are read whole, byte by byte, and in pieces whose
 * sizes come from the bytes themselves; verdict, status, bytes taken and content must agree. What
 * is accepted keeps the promises that smuggling breaks: never a length and a coding together, at
 * most the announced content, no control byte in any field. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "http/body.h"
#include "http/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    int status; /* 0 incomplete, 1 complete, else the refusal */
    size_t taken;
    uint64_t n_content, sum; /* content seen, and a sum that depends on its order */
};

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void check_promises(const struct zd_http_head *head)
{
    struct zd_str path = zd_http_head_str(head, head->path);

    demand(!(head->chunked && head->has_length));
    demand(path.n > 0 && (path.p[0] == '/' || path.p[0] == '*'));
    demand(head->n_fields <= ZD_HTTP_MAX_FIELDS && head->n_bytes <= ZD_HTTP_HEAD_MAX_BYTES);
    for (uint16_t i = 0; i < head->n_fields; i++) {
        struct zd_str name = zd_http_head_str(head, head->fields[i].name);
        struct zd_str value = zd_http_head_str(head, head->fields[i].value);

        demand(name.n > 0);
        for (size_t k = 0; k < value.n; k++)
            demand((uint8_t)value.p[k] >= ' ' || value.p[k] == '\t');
    }
}

static void add_content(struct outcome *o, struct zd_bytes content)
{
    o->n_content += content.n;
    for (size_t i = 0; i < content.n; i++)
        o->sum = o->sum * 31 + content.p[i];
}

/* step 0: sizes from the bytes. */
static struct outcome read_in_steps(const uint8_t *data, size_t size, size_t step)
{
    struct zd_http_head head = {0};
    struct zd_http_body body = {0};
    struct outcome o = {0};
    bool in_body = false;

    while (o.taken < size && o.status == 0) {
        size_t n = step ? step : (size_t)data[o.taken] % 7 + 1, used;
        enum zd_http_parse verdict;
        struct zd_bytes content = {NULL, 0};

        n = n < size - o.taken ? n : size - o.taken;
        if (in_body) {
            verdict = zd_http_body_feed(&body, data + o.taken, n, &used, &content);
            add_content(&o, content);
        } else {
            verdict = zd_http_head_feed(&head, data + o.taken, n, &used);
        }
        o.taken += used;
        if (verdict == ZD_HTTP_REFUSED) {
            o.status = in_body ? body.refusal.status : head.refusal.status;
        } else if (verdict == ZD_HTTP_DONE && !in_body) {
            check_promises(&head);
            zd_http_body_begin(&body, &head, 1000000);
            in_body = true;
            o.status = body.refusal.status ? body.refusal.status : zd_http_body_empty(&body);
        } else if (verdict == ZD_HTTP_DONE) {
            o.status = 1;
            demand(!head.has_length || o.n_content == head.length);
        } else {
            demand(used > 0);
        }
    }
    zd_http_head_done(&head);
    return o;
}

/* Member by member: the bytes between members say nothing. */
static bool is_same(const struct outcome *a, const struct outcome *b)
{
    return a->status == b->status && a->taken == b->taken && a->n_content == b->n_content &&
           a->sum == b->sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole = read_in_steps(data, size, size + 1);
    struct outcome bytes = read_in_steps(data, size, 1);
    struct outcome pieces = read_in_steps(data, size, 0);

    demand(is_same(&whole, &bytes));
    demand(is_same(&whole, &pieces));
    return 0;
}
