/* topk.c: see topk.h. */
#include "index/topk.h"

#include <string.h>

static bool is_worse(const struct zd_index__found *a, const struct zd_index__found *b)
{
    return a->score != b->score ? a->score < b->score : a->id > b->id;
}

static void sift_down(struct zd_index__found *h, size_t i, size_t n)
{
    const struct zd_index__found moving = h[i];

    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && is_worse(&h[child + 1], &h[child]))
            child++;
        if (!is_worse(&h[child], &moving))
            break;
        h[i] = h[child];
    }
    h[i] = moving;
}

void zd_index__topk_offer(struct zd_index__topk *t, struct zd_index__found found)
{
    size_t i;

    if (t->n == t->k) {
        if (!is_worse(&t->heap[0], &found))
            return;
        t->heap[0] = found;
        sift_down(t->heap, 0, t->n);
        return;
    }
    for (i = t->n++; i > 0 && is_worse(&found, &t->heap[(i - 1) / 2]); i = (i - 1) / 2)
        t->heap[i] = t->heap[(i - 1) / 2];
    t->heap[i] = found;
}

void zd_index__topk_sort(struct zd_index__topk *t)
{
    for (size_t end = t->n; end-- > 1;) {
        struct zd_index__found worst = t->heap[0];

        t->heap[0] = t->heap[end];
        t->heap[end] = worst;
        sift_down(t->heap, 0, end);
    }
}

/* The k-th largest (k ≥ 1, k ≤ n) of v, which is reordered (Hoare's selection). */
static int32_t select_kth(int32_t *v, size_t n, size_t k)
{
    size_t from = 0, to = n - 1, want = k - 1;

    while (from < to) {
        int32_t pivot = v[from + (to - from) / 2];
        size_t i = from, j = to;

        for (;;) {
            while (v[i] > pivot)
                i++;
            while (v[j] < pivot)
                j--;
            if (i >= j)
                break;
            {
                int32_t swap = v[i];

                v[i++] = v[j];
                v[j--] = swap;
            }
        }
        if (want <= j)
            to = j;
        else
            from = j + 1;
    }
    return v[want];
}

int32_t zd_index__kth_at_least(const struct zd_index__kernel *kernel, const int32_t *scores,
                               size_t n, size_t k, int32_t known, int32_t *room)
{
    size_t n_groups = n & ~(size_t)15, n_kept = 0;

    if (n_groups < k || k == 0)
        return 0;
    /* group g holds the scores g, g + n_groups, …: one row of maxima */
    while (n_groups / 2 >= 8 * k && n_groups / 2 >= 256)
        n_groups = (n_groups / 2) & ~(size_t)15;
    kernel->maxima(scores, n_groups, n / n_groups, room); /* the last, short row is left out */
    for (size_t g = 0; g < n_groups; g++) {
        room[n_kept] = room[g];
        n_kept += room[g] > known;
    }
    return n_kept < k ? 0 : select_kth(room, n_kept, k);
}
