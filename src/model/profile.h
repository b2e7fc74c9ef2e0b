/* profile: in what the OpenAI-compatible services differ, one row a service.
 *
 * All take POST …/chat/completions; what varies is what stands in the table: whether the usage of
 * a stream must be asked for, under which name reasoning comes, what answers for health, how
 * errors are worded, which hosts are theirs. What a service of no known name needs is "openai". */
#ifndef ZD_MODEL_PROFILE_H
#define ZD_MODEL_PROFILE_H

#include "base/base.h"

struct zd_profile {
    const char *name;      /* by which a backend names it */
    const char *title;     /* for people */
    const char *url;       /* where the service stands; "" where the office says so */
    const char *hosts;     /* domains known to be the service's, in the country, by spaces */
    const char *health;    /* path of GET that answers 200 when it can work, behind the url */
    const char *reasoning; /* member of a delta that carries reasoning */
    bool asks_usage;       /* stream_options {"include_usage": true} is understood */
    bool needs_key;        /* a backend without a secret cannot be called */
};

/* NULL for an unknown name. */
const struct zd_profile *zd_profile_find(struct zd_str name);
/* NULL past the last. */
const struct zd_profile *zd_profile_at(size_t i);

#endif
