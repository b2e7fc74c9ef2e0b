/* worker: the other side of spawn.h: the mother of workers, and what a worker does.
 *
 *     mother   opens nothing; as root she takes a user id of her own that owns nothing; waits
 *       │ fork, one document each
 *     worker   closes all but its input and its answer, opens what its reader needs by descriptor
 *              (zd_worker_reader.prepare), then locks itself down (lockdown.h), then reads
 *
 * What a lock leaves: computing, memory, reading descriptors it holds, writing its answer.
 */
#ifndef ZD_PARSE_WORKER_H
#define ZD_PARSE_WORKER_H

#include "base/buf.h"
#include "parse/parse.h"

/* What a worker runs; a test puts a hostile one here. */
struct zd_worker_work {
    /* Before the lock: may open files. Sees the input's first bytes only to choose by signature.
     * recognise: words are to be read from pictures. */
    enum zd_status (*prepare)(struct zd_bytes input, bool recognise, struct zd_error *err);
    /* After the lock: input → frames in `out`, which is the answer when this returns. number: of
     * what is asked for, where the task says so. */
    void (*read)(uint32_t task, uint32_t number, struct zd_bytes input, struct zd_str name,
                 struct zd_buf *out);
};

/* The product's own: the readers of read.h. */
extern const struct zd_worker_work zd_worker_readers;

/* The mother: serves the socket at descriptor 3 until it closes. Returns the exit status. */
int zd_worker_main(const struct zd_worker_work *work);

#endif
