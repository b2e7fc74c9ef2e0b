/* trees_read.c: the written form of a model, read without trusting a byte of it (see trees.h).
 *
 * A tree is one when every inner node leads to a pair that stands behind it, and no pair is led to
 * twice: then each node but the root has one parent, and every walk ends. */
#include <math.h>
#include <string.h>

#include "base/hash.h"
#include "semantic/trees_private.h"

#define HEAD_BYTES 24
#define NODE_BYTES 12
#define NODES_MAX (2 * ZD_TREES_MAX_LEAVES - 1)

static float read_f32(struct zd_cursor *c)
{
    const uint32_t bits = zd_cursor_u32(c);
    float v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static uint64_t place(struct zd_bytes bytes, const struct zd_cursor *c)
{
    return (uint64_t)(c->p - bytes.p);
}

struct head {
    uint32_t n_features, n_trees, n_nodes;
    float base;
};

static enum zd_status read_head(struct zd_bytes bytes, struct zd_cursor *c, struct head *ret_head,
                                struct zd_error *err)
{
    struct head head;
    uint64_t n_bytes;
    struct zd_cursor end;

    if (bytes.n < HEAD_BYTES + 4 || memcmp(bytes.p, "ZDTR", 4) != 0)
        return ZD_FAIL(err, ZD_CORRUPT, 0, "this is no model of trees");
    (void)zd_cursor_u32(c);
    if (zd_cursor_u32(c) != 1)
        return ZD_FAIL(err, ZD_CORRUPT, 4, "these trees are of another version");
    head = (struct head){zd_cursor_u32(c), zd_cursor_u32(c), zd_cursor_u32(c), 0.0F};
    head.base = read_f32(c);
    if (head.n_features == 0 || head.n_features > ZD_TREES_MAX_FEATURES ||
        head.n_trees > ZD_TREES_MAX_TREES || head.n_nodes > head.n_trees * (uint64_t)NODES_MAX)
        return ZD_FAIL(err, ZD_CORRUPT, 8, "%u features, %u trees, %u nodes: more than can be",
                       head.n_features, head.n_trees, head.n_nodes);
    n_bytes = HEAD_BYTES + 4 * (uint64_t)head.n_features + 2 * (uint64_t)head.n_trees +
              NODE_BYTES * (uint64_t)head.n_nodes + 4;
    if (n_bytes != bytes.n)
        return ZD_FAIL(err, ZD_CORRUPT, bytes.n, "these trees take %llu bytes, here are %zu",
                       (unsigned long long)n_bytes, bytes.n);
    end = zd_cursor_of((struct zd_bytes){bytes.p + bytes.n - 4, 4});
    if (zd_cursor_u32(&end) != zd_crc32c(0, (struct zd_bytes){bytes.p, bytes.n - 4}))
        return ZD_FAIL(err, ZD_CORRUPT, bytes.n - 4, "these trees are damaged");
    if (!isfinite(head.base))
        return ZD_FAIL(err, ZD_CORRUPT, 20, "a number that is none");
    *ret_head = head;
    return ZD_OK;
}

/* Reads one tree's nodes and checks that they are a tree. */
static bool read_tree(struct zd_cursor *c, size_t n, size_t n_features,
                      struct zd_trees__node *nodes)
{
    bool led_to[NODES_MAX + 1] = {[0] = true};
    size_t n_led = 1;

    for (size_t i = 0; i < n; i++) {
        struct zd_trees__node *node = &nodes[i];

        node->feature = zd_cursor_u16(c);
        node->left = zd_cursor_u16(c);
        node->threshold = read_f32(c);
        node->value = read_f32(c);
        if (!isfinite(node->threshold) || !isfinite(node->value))
            return false;
        if (node->feature == UINT16_MAX) {
            if (node->left != 0 || node->threshold != 0.0F || signbit(node->threshold))
                return false; /* a leaf asks nothing: one way to write it */
            *node = (struct zd_trees__node){INFINITY, node->value, 0, (uint16_t)i};
            continue;
        }
        if (node->feature >= n_features || node->left <= i || (size_t)node->left + 1 >= n ||
            led_to[node->left] || led_to[node->left + 1])
            return false;
        led_to[node->left] = led_to[node->left + 1] = true;
        n_led += 2;
    }
    return n_led == n && !c->bad;
}

static enum zd_status read_trees(struct zd_bytes bytes, struct zd_cursor *c,
                                 const struct head *head, struct zd_trees *trees,
                                 struct zd_error *err)
{
    struct zd_trees__node nodes[NODES_MAX];
    struct zd_cursor counts;
    enum zd_status st = ZD_OK;

    trees->base = head->base;
    for (size_t f = 0; f < head->n_features; f++) {
        trees->gains[f] = read_f32(c);
        if (!(trees->gains[f] >= 0.0F && trees->gains[f] <= 1.0F))
            return ZD_FAIL(err, ZD_CORRUPT, place(bytes, c), "a share that is none");
    }
    counts = zd_cursor_of(zd_cursor_bytes(c, 2 * (size_t)head->n_trees));
    for (size_t t = 0; st == ZD_OK && t < head->n_trees; t++) {
        const size_t n = zd_cursor_u16(&counts);

        if (n == 0 || n > NODES_MAX || !read_tree(c, n, head->n_features, nodes))
            return ZD_FAIL(err, ZD_CORRUPT, place(bytes, c), "tree %zu is no tree", t + 1);
        st = zd_trees__add(trees, nodes, n, err);
    }
    if (st == ZD_OK && (trees->n_nodes != head->n_nodes || c->bad))
        return ZD_FAIL(err, ZD_CORRUPT, place(bytes, c), "%zu nodes of %u", trees->n_nodes,
                       head->n_nodes);
    return st;
}

enum zd_status zd_trees_read(struct zd_bytes bytes, struct zd_trees **ret_trees,
                             struct zd_error *err)
{
    struct zd_cursor c = zd_cursor_of(bytes);
    struct zd_trees *trees = NULL;
    struct head head = {0};
    enum zd_status st = read_head(bytes, &c, &head, err);

    if (st != ZD_OK)
        return st;
    trees = zd_trees__new(head.n_features);
    if (!trees)
        return ZD_FAIL(err, ZD_NOMEM, 0, "no memory left for trees");
    st = read_trees(bytes, &c, &head, trees, err);
    if (st == ZD_OK)
        *ret_trees = trees;
    else
        zd_trees_free(trees);
    return st;
}
